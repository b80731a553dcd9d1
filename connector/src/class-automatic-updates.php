<?php
/**
 * WordPress's own automatic updates, while this site is under change control.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign;

use Countersign\State\Ledger;

defined( 'ABSPATH' ) || exit;

/**
 * Off for what plans have changed here, untouched for the rest. Nothing is stored, so unpairing
 * gives the old settings back.
 */
final class Automatic_Updates {
	public static function register(): void {
		add_filter( 'auto_update_plugin', array( self::class, 'plugin' ), PHP_INT_MAX, 2 );
		add_filter( 'auto_update_theme', array( self::class, 'theme' ), PHP_INT_MAX, 2 );
		add_filter( 'auto_update_core', array( self::class, 'core' ), PHP_INT_MAX );
	}

	/**
	 * @param mixed $update What was decided so far.
	 * @param mixed $item   The update on offer.
	 * @return mixed
	 */
	public static function plugin( $update, $item ) {
		return is_object( $item ) && self::is_managed( 'plugins/' . Live\Plugin_Folder::slug_of( (string) ( $item->plugin ?? '' ) ) ) ? false : $update;
	}

	/**
	 * @param mixed $update What was decided so far.
	 * @param mixed $item   The update on offer.
	 * @return mixed
	 */
	public static function theme( $update, $item ) {
		return is_object( $item ) && self::is_managed( 'themes/' . (string) ( $item->theme ?? '' ) ) ? false : $update;
	}

	/**
	 * @param mixed $update What was decided so far.
	 * @return mixed
	 */
	public static function core( $update ) {
		return self::is_managed( 'core' ) ? false : $update;
	}

	private static function is_managed( string $target ): bool {
		return in_array( $target, Ledger::targets(), true );
	}
}
