<?php
/**
 * The inventory as this site last told it, and the globs that it leaves out.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Answer\Inventory;
use Countersign\Protocol\Canonical_Json;

defined( 'ABSPATH' ) || exit;

/**
 * Heartbeats use the globs last received. Reading every file of a site takes a while: the text is
 * made anew after some minutes, and at once after an action.
 */
final class Volatile {
	private const GLOBS    = 'volatile';
	private const TEXT     = 'inventory';
	private const VALID    = 900;
	private const NO_GLOBS = '[]';

	/** Keeps what a verified question for the inventory asked with. */
	public static function learn( string $arg ): void {
		if ( self::globs() !== $arg ) {
			Facts::set( self::GLOBS, 0, $arg );
			self::forget();
		}
	}

	/** The inventory is no longer what it was. */
	public static function forget(): void {
		Facts::forget( self::TEXT );
	}

	/** The exact text, the same as beside the evidence that answers `inventory`. */
	public static function inventory(): string {
		$known = Facts::get( self::TEXT );
		if ( null !== $known && time() - $known['num'] < self::VALID && time() >= $known['num'] ) {
			return $known['body'];
		}
		$asked = Managed::parse( self::globs() ) ?? Managed::parse( self::NO_GLOBS );
		$text  = Canonical_Json::encode( array( 'version' => 1 ) + Inventory::detail( $asked['globs'] ) );
		Facts::set( self::TEXT, time(), $text );
		return $text;
	}

	private static function globs(): string {
		$fact = Facts::get( self::GLOBS );
		return null === $fact ? self::NO_GLOBS : $fact['body'];
	}
}
