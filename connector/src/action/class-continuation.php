<?php
/**
 * Goes on with a paused action when nobody asks.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Connector;
use Countersign\State\Trust;

defined( 'ABSPATH' ) || exit;

/**
 * By WordPress's own cron: the site calls it itself, or a system cron does. While the site is
 * closed, events of others wait.
 */
final class Continuation {
	private const EVENT = 'countersign_continue';
	private const OURS  = 'countersign_';

	/** @var bool Whether this request calls cron when it ends. */
	private static $calls = false;

	public static function register(): void {
		add_action( self::EVENT, array( self::class, 'run' ) );
		add_filter( 'pre_get_ready_cron_jobs', array( self::class, 'leave_ours' ), PHP_INT_MAX );
	}

	/** Has the action gone on with as soon as this request has ended. */
	public static function ask( int $deadline ): void {
		Maintenance::on( $deadline, true );
		if ( false === wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time(), self::EVENT );
		}
		if ( ! self::$calls && ! ( defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON ) ) {
			self::$calls = true;
			register_shutdown_function( array( self::class, 'call' ) );
		}
	}

	public static function run(): void {
		$trust = Trust::load();
		if ( null !== $trust && Connector::is_open() && $trust->is_at_home() ) {
			Time_Budget::begin();
			Settlement::settle( $trust );
		}
	}

	/** Takes cron's lock, whoever holds it: what others run there ends behind its event. Waits for no answer. */
	public static function call(): void {
		$lock = sprintf( '%.22F', microtime( true ) );
		set_transient( 'doing_cron', $lock );
		wp_remote_post(
			add_query_arg( 'doing_wp_cron', $lock, site_url( 'wp-cron.php' ) ),
			array(
				'timeout'   => 0.01,
				'blocking'  => false,
				'sslverify' => false,
			)
		);
	}

	/**
	 * @param mixed $jobs What another filter has chosen; null where none has.
	 * @return mixed
	 */
	public static function leave_ours( $jobs ) {
		$journal = Journal::current();
		if ( null === $journal || $journal->is_over() ) {
			return $jobs;
		}
		$ready = array();
		foreach ( _get_cron_array() as $time => $events ) {
			$ours = array_filter( $events, static fn( $hook ): bool => 0 === strpos( (string) $hook, self::OURS ), ARRAY_FILTER_USE_KEY );
			if ( $time <= time() && array() !== $ours ) {
				$ready[ $time ] = $ours;
			}
		}
		return $ready;
	}

	public static function forget(): void {
		wp_clear_scheduled_hook( self::EVENT );
	}
}
