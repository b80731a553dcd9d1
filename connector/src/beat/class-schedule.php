<?php
/**
 * When beats are sent.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Beat;

use Countersign\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * By WP-Cron, which a system cron may drive; `wp countersign heartbeat` sends one at once. Each
 * beat plans the next one, with jitter, so that a fleet does not beat in step.
 */
final class Schedule {
	public const HOOK = 'countersign_heartbeat';

	private const USUAL = 300;
	private const LEAST = 60;
	private const MOST  = 3600;

	public static function register(): void {
		add_action( self::HOOK, array( self::class, 'beat' ) );
		add_action( 'init', array( self::class, 'plan' ) );
	}

	/** Seconds between beats; `COUNTERSIGN_HEARTBEAT_SECONDS` changes them. */
	public static function seconds(): int {
		$seconds = defined( 'COUNTERSIGN_HEARTBEAT_SECONDS' ) ? (int) COUNTERSIGN_HEARTBEAT_SECONDS : self::USUAL;
		return max( self::LEAST, min( self::MOST, $seconds ) );
	}

	/** Plans the next beat where none is planned; writes nothing otherwise. */
	public static function plan(): void {
		if ( Connector::is_open() && false === wp_next_scheduled( self::HOOK ) ) {
			wp_schedule_single_event( time() + self::seconds() - wp_rand( 0, intdiv( self::seconds(), 10 ) ), self::HOOK );
		}
	}

	public static function beat(): void {
		self::plan();
		Heartbeat::run();
	}

	public static function forget(): void {
		wp_clear_scheduled_hook( self::HOOK );
	}
}
