<?php
/**
 * Runs one of WordPress's upgraders without what it would do besides.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * No look-ups at WordPress.org, no language packs, no second copy that core restores by itself at
 * shutdown. Hooks of plugins and themes run as always.
 */
final class Core_Hooks {
	private const LOOK_UPS = array( 'wp_version_check', 'wp_update_plugins', 'wp_update_themes' );

	/**
	 * Calls with those hooks removed.
	 *
	 * @param callable $upgrade What to run.
	 * @return mixed What it gives.
	 */
	public static function without( callable $upgrade ) {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
		foreach ( self::LOOK_UPS as $look_up ) {
			remove_action( 'upgrader_process_complete', $look_up );
		}
		remove_action( 'upgrader_process_complete', array( 'Language_Pack_Upgrader', 'async_upgrade' ), 20 );
		add_filter( 'upgrader_package_options', array( self::class, 'without_temporary_backup' ) );
		try {
			return $upgrade();
		} finally {
			remove_filter( 'upgrader_package_options', array( self::class, 'without_temporary_backup' ) );
			foreach ( self::LOOK_UPS as $look_up ) {
				add_action( 'upgrader_process_complete', $look_up, 10, 0 );
			}
			add_action( 'upgrader_process_complete', array( 'Language_Pack_Upgrader', 'async_upgrade' ), 20 );
		}
	}

	/**
	 * Calls with exactly these updates on offer.
	 *
	 * @param string               $transient `update_plugins` or `update_themes`.
	 * @param array<string, mixed> $response  What is on offer.
	 * @param callable             $upgrade   What to run.
	 * @return mixed What it gives.
	 */
	public static function offering( string $transient, array $response, callable $upgrade ) {
		$inject = static function ( $updates ) use ( $response ) {
			$updates           = is_object( $updates ) ? clone $updates : new \stdClass();
			$updates->response = $response;
			return $updates;
		};
		add_filter( 'site_transient_' . $transient, $inject, PHP_INT_MAX );
		try {
			return self::without( $upgrade );
		} finally {
			remove_filter( 'site_transient_' . $transient, $inject, PHP_INT_MAX );
		}
	}

	/**
	 * @param array<string, mixed> $options Of the upgrader.
	 * @return array<string, mixed>
	 */
	public static function without_temporary_backup( array $options ): array {
		unset( $options['hook_extra']['temp_backup'] );
		return $options;
	}
}
