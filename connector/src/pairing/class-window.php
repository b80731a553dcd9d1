<?php
/**
 * Whether somebody here wants a pairing now.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Pairing;

defined( 'ABSPATH' ) || exit;

/**
 * Pairing is off. An administrator opens it for ten minutes; one pairing closes it again.
 */
final class Window {
	private const OPTION  = 'countersign_pairing_until';
	private const SECONDS = 600;

	public static function open(): void {
		update_option( self::OPTION, (string) ( time() + self::SECONDS ), false );
	}

	/** Seconds that are left; 0 while it is closed. An end further ahead than it can be opens nothing. */
	public static function seconds_left(): int {
		$until = get_option( self::OPTION );
		$left  = is_string( $until ) && ctype_digit( $until ) ? (int) $until - time() : 0;
		return $left > 0 && $left <= self::SECONDS ? $left : 0;
	}

	/**
	 * Takes the window for one pairing: of two at once exactly one has it. Empty where it is closed.
	 */
	public static function claim(): string {
		$until = get_option( self::OPTION );
		return self::seconds_left() > 0 && delete_option( self::OPTION ) ? $until : '';
	}

	/** Gives it back after a pairing that came to nothing; it is over when it would have been. */
	public static function give_back( string $until ): void {
		update_option( self::OPTION, $until, false );
	}

	public static function close(): void {
		delete_option( self::OPTION );
	}
}
