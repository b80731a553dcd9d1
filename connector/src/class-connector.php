<?php
/**
 * Hooks the connector into WordPress.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign;

use Countersign\Action\Compiled_Code;
use Countersign\Action\Continuation;
use Countersign\Door\Rest_Door;
use Countersign\Live\Closed_Site;

defined( 'ABSPATH' ) || exit;

/**
 * While the site is unpaired, or `COUNTERSIGN_DISABLED` is set, nothing is registered that a message
 * could reach.
 */
final class Connector {
	/** Spares unpaired sites a query; what is pinned stands in the connector's own table. */
	public const PAIRED_OPTION = 'countersign_paired';

	public static function start(): void {
		require_once dirname( __DIR__ ) . '/stub/countersign-database.php';
		require_once dirname( __DIR__ ) . '/stub/countersign-archive.php';
		require_once dirname( __DIR__ ) . '/stub/countersign-stub.php';
		if ( self::is_open() ) {
			add_action( 'rest_api_init', array( Rest_Door::class, 'register' ) );
			Beat\Schedule::register();
		}
		if ( self::is_paired() ) {
			Automatic_Updates::register();
			State\Touched::register();
			Continuation::register();
			Closed_Site::register();
			Compiled_Code::answer();
		}
		add_action( 'init', array( self::class, 'load_texts' ) );
		if ( is_admin() ) {
			Admin\Screen::register();
			Admin\Site_Health::register();
			add_action( 'admin_init', array( self::class, 'keep_stub' ) );
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			Command::register();
		}
		register_deactivation_hook( COUNTERSIGN_FILE, array( Stub_Installer::class, 'remove' ) );
		register_activation_hook( COUNTERSIGN_FILE, array( self::class, 'keep_stub' ) );
	}

	/** Translations that came with the plugin, where WordPress has none of its own. */
	public static function load_texts(): void {
		load_plugin_textdomain( 'countersign', false, dirname( plugin_basename( COUNTERSIGN_FILE ) ) . '/languages' );
	}

	/** While paired, the dead-man's switch is in place and as new as this plugin. */
	public static function keep_stub(): void {
		if ( self::is_paired() ) {
			Stub_Installer::install();
		}
	}

	/** Whether messages are accepted at all. */
	public static function is_open(): bool {
		return self::is_paired() && ! self::is_disabled();
	}

	public static function is_paired(): bool {
		return '1' === get_option( self::PAIRED_OPTION );
	}

	/** The kill switch of wp-config.php. */
	public static function is_disabled(): bool {
		return defined( 'COUNTERSIGN_DISABLED' ) && COUNTERSIGN_DISABLED;
	}
}
