<?php
/**
 * WordPress's own automatic updates, while this site is under change control.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign;

use Countersign\State\Managed;

defined( 'ABSPATH' ) || exit;

/**
 * Off for what desired state manages, untouched for the rest. WordPress's own settings are not
 * written to, so unpairing gives them back.
 */
final class Automatic_Updates {
	public static function register(): void {
		add_filter( 'auto_update_plugin', array( self::class, 'plugin' ), PHP_INT_MAX, 2 );
		add_filter( 'auto_update_theme', array( self::class, 'theme' ), PHP_INT_MAX, 2 );
		add_filter( 'auto_update_core', array( self::class, 'core' ), PHP_INT_MAX, 2 );
	}

	/**
	 * @param mixed $update What was decided so far.
	 * @param mixed $item   The update on offer.
	 * @return mixed
	 */
	public static function plugin( $update, $item ) {
		$slug = Live\Plugin_Folder::slug_of( is_object( $item ) ? (string) ( $item->plugin ?? '' ) : '' );
		return Managed::has( 'plugins/' . $slug ) || self::is_own( $slug ) ? false : $update;
	}

	/**
	 * @param mixed $update What was decided so far.
	 * @param mixed $item   The update on offer.
	 * @return mixed
	 */
	public static function theme( $update, $item ) {
		return is_object( $item ) && Managed::has( 'themes/' . (string) ( $item->theme ?? '' ) ) ? false : $update;
	}

	/**
	 * With `autoPatch`, a release of the branch that runs is decided as WordPress would.
	 *
	 * @param mixed $update What was decided so far.
	 * @param mixed $item   The update on offer.
	 * @return mixed
	 */
	public static function core( $update, $item = null ) {
		$offered = is_object( $item ) ? (string) ( $item->current ?? '' ) : '';
		$stays   = Managed::leaves_patches() && Live\Core_Files::is_same_branch( $offered, Live\Core_Files::version() );
		return Managed::has( 'core' ) && ! $stays ? false : $update;
	}

	/** The connector is changed by `connector.update` alone. */
	private static function is_own( string $slug ): bool {
		return Live\Plugin_Folder::slug_of( plugin_basename( COUNTERSIGN_FILE ) ) === $slug;
	}
}
