<?php
/**
 * What this site remembers of its own heartbeats.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Beat;

use Countersign\State\Facts;
use Countersign\State\Trust;

defined( 'ABSPATH' ) || exit;

/**
 * The counter only rises, and before a beat leaves: a number that is used twice is what tells the
 * control plane of a clone or a restored backup.
 */
final class Pulse {
	private const NUMBER    = 'hbseq_';
	private const ANSWERED  = 'beat_answered';
	private const TRIED     = 'beat_tried';
	private const INVENTORY = 'beat_inventory';
	private const ATTEMPTS  = 5;

	/** The next number of an epoch, for this process alone; 0 when it could not be had. */
	public static function next( int $epoch ): int {
		for ( $attempt = 0; $attempt < self::ATTEMPTS; $attempt++ ) {
			$fact = Facts::get( self::NUMBER . $epoch );
			$next = ( null === $fact ? 0 : $fact['num'] ) + 1;
			if ( Facts::raise( self::NUMBER . $epoch, $next, '' ) ) {
				return $next;
			}
		}
		return 0;
	}

	/** Keeps that a beat was answered, and which inventory the control plane has by it. */
	public static function note_answer( int $now, string $inventory ): void {
		Facts::set( self::ANSWERED, $now, '' );
		Facts::set( self::INVENTORY, $now, $inventory );
		self::note_try( $now, '' );
	}

	/** @param string $why Empty when it was answered. */
	public static function note_try( int $now, string $why ): void {
		Facts::set( self::TRIED, $now, $why );
	}

	/** When a beat was last answered: Unix time, 0 for never. */
	public static function answered(): int {
		$fact = Facts::get( self::ANSWERED );
		return null === $fact ? 0 : $fact['num'];
	}

	/** Why the newest try had no answer; empty when it had one, or there was none. */
	public static function trouble(): string {
		$fact = Facts::get( self::TRIED );
		return null === $fact ? '' : $fact['body'];
	}

	/** Digest of the inventory that the control plane acknowledged. */
	public static function acknowledged_inventory(): string {
		$fact = Facts::get( self::INVENTORY );
		return null === $fact ? '' : $fact['body'];
	}

	/** Whether three beats in a row had no answer. */
	public static function is_silent( int $now ): bool {
		$trust = Trust::load();
		return null !== $trust && '' !== $trust->url() && $now - self::answered() > 3 * Schedule::seconds();
	}
}
