<?php
/**
 * The control plane's answer to one heartbeat.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Beat;

use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Token_Verifier;
use Countersign\State\Level;
use Countersign\State\Seen;
use Countersign\State\Trust;

defined( 'ABSPATH' ) || exit;

/**
 * Believed where it is signed for this site, now, and names this very beat.
 */
final class Ack {
	/** @var string Why it is not believed; empty where it is. */
	public $why;

	/** @var array<int, array<string, string>> Messages that wait for this site. */
	public $pending;

	private function __construct( string $why, array $pending ) {
		$this->why     = $why;
		$this->pending = $pending;
	}

	/**
	 * Judges what came back.
	 *
	 * @param array<array-key, mixed>|string $answer Members, or why there are none.
	 * @param string                         $beat   Digest of the heartbeat's token.
	 */
	public static function read( Trust $trust, $answer, string $beat ): self {
		if ( is_string( $answer ) ) {
			return new self( $answer, array() );
		}
		$token = $answer['token'] ?? null;
		unset( $answer['token'] );
		if ( ! is_string( $token ) ) {
			return new self( 'ack_json', array() );
		}
		$now     = time();
		$verdict = self::verifier( $trust, $now )->verify( 'ack', $token, $answer );
		if ( ! $verdict->is_accepted() ) {
			return new self( 'ack_' . $verdict->reason, array() );
		}
		$claims = $verdict->claims;
		if ( $claims['re'] !== $beat || ! Seen::first_time( $claims['jti'], $claims['exp'], $now ) ) {
			return new self( 'ack_replay', array() );
		}
		$pending = self::messages( $answer['pending'] );
		if ( null === $pending ) {
			return new self( 'ack_pending', array() );
		}
		Level::learn( $claims );
		return new self( '', $pending );
	}

	private static function verifier( Trust $trust, int $now ): Token_Verifier {
		return new Token_Verifier(
			$trust->keys(),
			array(
				'iss'   => $trust->control_plane(),
				'aud'   => $trust->party(),
				'epoch' => $trust->epoch(),
				'now'   => $now,
			)
		);
	}

	/**
	 * @param string $text The exact text beside the ack.
	 * @return array<int, array<string, string>>|null
	 */
	private static function messages( string $text ): ?array {
		$list = Canonical_Json::decode( $text );
		if ( ! is_array( $list ) || array_keys( $list ) !== array_keys( array_values( $list ) ) ) {
			return null;
		}
		foreach ( $list as $message ) {
			if ( ! is_array( $message ) || array_filter( $message, 'is_string' ) !== $message || ! isset( $message['token'] ) ) {
				return null;
			}
		}
		return $list;
	}
}
