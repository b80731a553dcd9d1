<?php
/**
 * The site's own lock, which only a person at the site lifts.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

defined( 'ABSPATH' ) || exit;

/**
 * Set by a failed rollback, a log fork, or a person here. Under a failed rollback a recovery may
 * still run; under anything else nothing does.
 */
final class Own_Lock {
	public const FAILED_ROLLBACK = 'failed_rollback';
	public const LOG_FORK        = 'log_fork';
	public const BY_HAND         = 'by_hand';

	private const FACT = 'own_lock';

	/** Why the site is locked; an empty text when it is not. */
	public static function reason(): string {
		$fact = Facts::get( self::FACT );
		return null === $fact ? '' : strtok( $fact['body'], "\n" );
	}

	/** When the lock was set, in Unix time; 0 when there is none. */
	public static function since(): int {
		$fact = Facts::get( self::FACT );
		return null === $fact ? 0 : $fact['num'];
	}

	/**
	 * Locks. The first reason stays, and a fork's is never replaced.
	 *
	 * @param string $evidence What a person needs to see, such as the second signed head.
	 */
	public static function set( string $reason, string $evidence = '' ): void {
		if ( '' === self::reason() || self::LOG_FORK === $reason ) {
			Facts::set( self::FACT, time(), $reason . "\n" . $evidence );
		}
	}

	public static function evidence(): string {
		$fact = Facts::get( self::FACT );
		return null === $fact ? '' : substr( $fact['body'], strlen( self::reason() ) + 1 );
	}

	/** Lifts every lock; the log's head begins again, since a fork can only be judged from the record. */
	public static function lift(): void {
		if ( self::LOG_FORK === self::reason() ) {
			Log_Head::forget();
		}
		Facts::forget( self::FACT );
	}

	public static function allows( string $mode ): bool {
		$reason = self::reason();
		return '' === $reason || ( self::FAILED_ROLLBACK === $reason && 'apply' !== $mode );
	}
}
