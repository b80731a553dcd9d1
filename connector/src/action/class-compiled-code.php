<?php
/**
 * Compiled PHP in the web server's memory, seen from the command line.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

defined( 'ABSPATH' ) || exit;

/**
 * A command at the shell has compiled code of its own: the web server would go on with what it
 * compiled from the files as they were. So the site is asked, by one of our own probes, to forget.
 */
final class Compiled_Code {
	private const ARGUMENT        = 'countersign_forget';
	private const TIMEOUT_SECONDS = 10;

	/** Asks the web server to forget all compiled code, where this process is not it. */
	public static function forget_on_web_server(): void {
		if ( 'cli' !== PHP_SAPI || ! function_exists( 'opcache_reset' ) ) {
			return;
		}
		$arguments = array(
			self::ARGUMENT              => '1',
			Maintenance::PROBE_ARGUMENT => Maintenance::probe_key(),
		);
		$options   = array(
			'timeout'     => self::TIMEOUT_SECONDS,
			'redirection' => 0,
			'sslverify'   => false,
		);
		wp_remote_get( add_query_arg( $arguments, untrailingslashit( (string) get_option( 'home' ) ) . '/wp-login.php' ), $options );
	}

	/** Forgets, when this request is such a question. */
	public static function answer(): void {
		if ( isset( $_GET[ self::ARGUMENT ] ) && Maintenance::is_probe() && function_exists( 'opcache_reset' ) ) {
			@opcache_reset();
		}
	}
}
