<?php
/**
 * Who changed what at this site, and when.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Live\Plugin_Folder;
use Countersign\Live\Site_Option;
use Countersign\Protocol\Canonical_Json;

defined( 'ABSPATH' ) || exit;

/**
 * For whoever has to decide about drift: the number of the WordPress user, never a name, and 0 where
 * nobody was logged in. A hint of the site, not evidence: any plugin can change things past it.
 */
final class Touched {
	private const FACT = 'touched';
	private const MOST = 100;

	public static function register(): void {
		add_action( 'activated_plugin', array( self::class, 'plugin' ) );
		add_action( 'deactivated_plugin', array( self::class, 'plugin' ) );
		add_action( 'deleted_plugin', array( self::class, 'plugin' ) );
		add_action( 'deleted_theme', array( self::class, 'theme' ) );
		add_action( 'switch_theme', array( self::class, 'switched' ), 10, 3 );
		add_action( 'upgrader_process_complete', array( self::class, 'upgraded' ), 10, 2 );
		add_action( 'updated_option', array( self::class, 'option' ) );
	}

	/** @param mixed $file The plugin's main file. */
	public static function plugin( $file ): void {
		self::note( array( 'plugins/' . Plugin_Folder::slug_of( (string) $file ) ) );
	}

	/** @param mixed $slug The theme's folder. */
	public static function theme( $slug ): void {
		self::note( array( 'themes/' . (string) $slug ) );
	}

	/**
	 * @param mixed $name The new theme's name.
	 * @param mixed $now  The theme that is active from now on.
	 * @param mixed $was  The one before.
	 */
	public static function switched( $name, $now, $was = null ): void {
		$targets = array();
		foreach ( array( $now, $was ) as $theme ) {
			if ( $theme instanceof \WP_Theme ) {
				$targets[] = 'themes/' . $theme->get_stylesheet();
			}
		}
		self::note( $targets );
	}

	/**
	 * @param mixed $upgrader Whoever installed or updated.
	 * @param mixed $done     `type`, and what it was done to.
	 */
	public static function upgraded( $upgrader, $done ): void {
		$done = is_array( $done ) ? $done : array();
		if ( 'core' === ( $done['type'] ?? '' ) ) {
			self::note( array( 'core' ) );
		}
		foreach ( (array) ( $done['plugins'] ?? $done['plugin'] ?? array() ) as $file ) {
			self::plugin( $file );
		}
		foreach ( (array) ( $done['themes'] ?? $done['theme'] ?? array() ) as $slug ) {
			self::theme( $slug );
		}
	}

	/** @param mixed $name The option's. */
	public static function option( $name ): void {
		if ( ( new Site_Option( (string) $name ) )->is_listed() ) {
			self::note( array( 'options/' . (string) $name ) );
		}
	}

	/** @return array<int, array{at: int, by: int, target: string}> The newest last. */
	public static function told(): array {
		$fact = Facts::get( self::FACT );
		$told = null === $fact ? null : Canonical_Json::decode( $fact['body'] );
		return is_array( $told ) ? array_values( $told ) : array();
	}

	/** @param array<int, string> $targets What was changed just now. */
	private static function note( array $targets ): void {
		$targets = array_filter( $targets, static fn( string $target ): bool => strlen( $target ) <= 200 && 1 === preg_match( '//u', $target ) );
		if ( array() === $targets ) {
			return;
		}
		$told = array_filter( self::told(), static fn( array $one ): bool => ! in_array( $one['target'] ?? '', $targets, true ) );
		foreach ( $targets as $target ) {
			$told[] = array(
				'at'     => time(),
				'by'     => get_current_user_id(),
				'target' => $target,
			);
		}
		Facts::set( self::FACT, time(), Canonical_Json::encode( array_slice( array_values( $told ), -self::MOST ) ) );
		Volatile::forget();
	}
}
