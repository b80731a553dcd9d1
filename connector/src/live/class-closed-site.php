<?php
/**
 * A site that people have closed for visitors by a plan.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Live;

use Countersign\Action\Maintenance;

defined( 'ABSPATH' ) || exit;

/**
 * Visitors get 503 on the site's pages; people who are logged in, wp-admin, the login page, and our
 * own probes do not.
 */
final class Closed_Site {
	public const OPTION = 'countersign_closed';

	public static function is_closed(): bool {
		return '1' === get_option( self::OPTION );
	}

	public static function register(): void {
		if ( self::is_closed() ) {
			add_action( 'template_redirect', array( self::class, 'answer' ), 0 );
		}
	}

	public static function answer(): void {
		if ( is_user_logged_in() || Maintenance::is_probe() ) {
			return;
		}
		header( 'Retry-After: 600' );
		wp_die( esc_html__( 'This site is closed for maintenance. Please come back in a few minutes.', 'countersign' ), esc_html__( 'Maintenance', 'countersign' ), array( 'response' => 503 ) );
	}

	/** @return array{target: string, version: null, state: string, tree: null} */
	public static function state(): array {
		return array(
			'target'  => 'maintenance',
			'version' => null,
			'state'   => self::is_closed() ? 'true' : 'false',
			'tree'    => null,
		);
	}
}
