<?php
/**
 * Tells the control plane that this site is alive, and takes along what waits there.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Beat;

use Countersign\Action\Settlement;
use Countersign\Action\Time_Budget;
use Countersign\Answer\Speaker;
use Countersign\Connector;
use Countersign\Door\Doorkeeper;
use Countersign\Door\Keysets;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Digest;
use Countersign\State\Ledger;
use Countersign\State\Trust;
use Countersign\State\Volatile;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * Sends nothing while the site is unpaired, killed by its switch, away from its home, or has no
 * address to send to. docs/protocol.md, "Heartbeat".
 */
final class Heartbeat {
	/** What was carried out is told by a further beat at once, so often at most. */
	private const ROUNDS = 4;

	private const RECEIPTS      = 20;
	private const RECEIPT_BYTES = 524288;

	/**
	 * Beats, and carries out what waits.
	 *
	 * @return string Empty when the last beat was answered; else why not.
	 */
	public static function run(): string {
		Time_Budget::begin();
		for ( $round = 0; $round < self::ROUNDS; $round++ ) {
			$trust = self::trust();
			if ( null === $trust ) {
				return 'closed';
			}
			Settlement::settle( $trust );
			$pending = self::beat( $trust );
			if ( is_string( $pending ) ) {
				Pulse::note_try( time(), $pending );
				return $pending;
			}
			if ( array() === $pending ) {
				return '';
			}
			self::carry_out( $pending );
		}
		return '';
	}

	/** Whom to tell; null where nothing may be sent. */
	private static function trust(): ?Trust {
		$trust = Connector::is_open() ? Trust::load() : null;
		return null !== $trust && $trust->is_at_home() && '' !== $trust->url() ? $trust : null;
	}

	/**
	 * One try, with a number of its own.
	 *
	 * @return array<int, array<string, string>>|string The pending messages; or why there was no ack.
	 */
	private static function beat( Trust $trust ) {
		$number = Pulse::next( $trust->epoch() );
		if ( 0 === $number ) {
			return 'counter';
		}
		$inventory = Volatile::inventory();
		$receipts  = self::receipts( $trust );
		$texts     = array();
		if ( Digest::of( $inventory ) !== Pulse::acknowledged_inventory() ) {
			$texts['inventory'] = $inventory;
		}
		if ( array() !== $receipts ) {
			$texts['receipts'] = Canonical_Json::encode( array_values( $receipts ) );
		}
		try {
			$token = ( new Speaker( $trust ) )->heartbeat( $number, Schedule::seconds(), Digest::of( $inventory ) );
		} catch ( RuntimeException $error ) {
			return 'key';
		}
		$answer = Post::send( $trust->url(), array( 'token' => $token ) + $texts );
		if ( is_array( $answer ) && is_string( $answer['keyset'] ?? null ) ) {
			$trust = Keysets::take_beside( $trust, $answer['keyset'] );
			unset( $answer['keyset'] );
		}
		$ack = Ack::read( $trust, $answer, Digest::of( $token ) );
		if ( '' !== $ack->why ) {
			return $ack->why;
		}
		Pulse::note_answer( time(), Digest::of( $inventory ) );
		Ledger::acknowledge( array_keys( $receipts ) );
		return $ack->pending;
	}

	/** @return array<string, array{detail: string, token: string}> Receipts not yet acknowledged, by `sub`, oldest first. */
	private static function receipts( Trust $trust ): array {
		$receipts = array();
		$bytes    = 0;
		foreach ( Ledger::unacknowledged( $trust->epoch(), self::RECEIPTS ) as $row ) {
			$bytes += strlen( $row['token'] ) + strlen( $row['detail'] );
			if ( $bytes > self::RECEIPT_BYTES && array() !== $receipts ) {
				break;
			}
			$receipts[ $row['sub'] ] = array(
				'detail' => $row['detail'],
				'token'  => $row['token'],
			);
		}
		return $receipts;
	}

	/**
	 * By the one verifier of every door. Receipts go with the next beat; other answers are sent now.
	 *
	 * @param array<int, array<string, string>> $pending Messages as they came.
	 */
	private static function carry_out( array $pending ): void {
		foreach ( $pending as $message ) {
			$trust = self::trust(); // A key-set may have changed whom we believe.
			$reply = null === $trust ? null : ( new Doorkeeper( $trust ) )->receive( $message );
			if ( null !== $reply && 200 === $reply->status && null === Ledger::by_token( $reply->body['token'] ) ) {
				Post::send( $trust->url(), $reply->body );
			}
		}
	}
}
