<?php
/**
 * How long a request may work, and how long others wait for it.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

defined( 'ABSPATH' ) || exit;

/**
 * A request does what fits in half of `max_execution_time`, at least one step.
 */
final class Time_Budget {
	private const STEP_SECONDS    = 60;
	private const REQUEST_SECONDS = 20;
	private const MOST_SECONDS    = 600;

	/** What a slow host still copies in a second, and what a step costs besides. */
	private const BYTES_A_SECOND = 4194304;
	private const FIXED_SECONDS  = 2;

	/** @var int|null PHP's own limit as this request began. */
	private static $limit = null;

	/** @var bool Whether PHP refuses to raise its limit. */
	private static $fixed = false;

	/** Unix time after which the dead-man's switch may undo the step that begins now. */
	public static function deadline(): int {
		return time() + self::step_seconds();
	}

	/** Seconds for one step with its probes; `COUNTERSIGN_STEP_SECONDS` changes them. */
	public static function step_seconds(): int {
		$seconds = defined( 'COUNTERSIGN_STEP_SECONDS' ) ? (int) COUNTERSIGN_STEP_SECONDS : self::STEP_SECONDS;
		return max( 2, min( 600, $seconds ) );
	}

	/** How long a step that moves so many bytes may take, probes not counted. */
	public static function estimate( int $bytes ): int {
		return self::FIXED_SECONDS + (int) ceil( $bytes / self::BYTES_A_SECOND );
	}

	/** Whether such a step fits before its deadline, and into one request where PHP's limit is fixed. */
	public static function fits( int $bytes ): bool {
		$limit = self::$fixed ? self::$limit : 0;
		return self::estimate( $bytes ) <= ( $limit > 0 ? min( $limit, self::step_seconds() ) : self::step_seconds() );
	}

	/** Lets a step finish where PHP allows it; how much is begun still follows the limit as it was. */
	public static function begin(): void {
		if ( null === self::$limit ) {
			self::$limit = (int) ini_get( 'max_execution_time' );
			self::$fixed = ! function_exists( 'set_time_limit' ) || ! @set_time_limit( self::MOST_SECONDS );
		}
		ignore_user_abort( true );
	}

	/** Whether the next step belongs to another request. */
	public static function is_spent(): bool {
		$half = self::$limit > 0 ? self::$limit / 2 : self::REQUEST_SECONDS;
		return microtime( true ) - (float) ( $_SERVER['REQUEST_TIME_FLOAT'] ?? 0 ) > $half;
	}
}
