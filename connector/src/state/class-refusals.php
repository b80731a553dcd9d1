<?php
/**
 * The site's own log of refused messages, which is also what the rate limit counts.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

defined( 'ABSPATH' ) || exit;

/**
 * One short line of fixed length per refusal, in one file of bounded size. A stranger's message
 * leaves nothing else on the site.
 */
final class Refusals {
	private const FILE       = 'refused.log';
	private const LINE_BYTES = 22;
	private const MAX_BYTES  = 262144;
	private const PER_MINUTE = 60;

	public static function note( string $reason, int $now ): void {
		$file = Storage::in( self::FILE );
		if ( '' === Storage::path() ) {
			return;
		}
		if ( (int) @filesize( $file ) > self::MAX_BYTES ) {
			@rename( $file, $file . '.1' );
			clearstatcache( true, $file );
		}
		@file_put_contents( $file, sprintf( "%010d %-10.10s\n", $now, $reason ), FILE_APPEND );
	}

	/** Whether more than 60 messages were refused within the last minute. */
	public static function are_too_many( int $now ): bool {
		return count( self::within_minute( $now ) ) >= self::PER_MINUTE;
	}

	/**
	 * Whether so many of them named a key that we know: only then verification itself is closed,
	 * so that strangers cannot lock out the control plane.
	 */
	public static function are_too_costly( int $now ): bool {
		return count( array_diff( self::within_minute( $now ), array( 'size', 'parts', 'encoding', 'header', 'kid', 'limit', 'json' ) ) ) >= self::PER_MINUTE;
	}

	/**
	 * The newest refusals, newest first.
	 *
	 * @return array<int, array{at: int, reason: string}>
	 */
	public static function newest( int $count ): array {
		$bytes = self::tail( $count * self::LINE_BYTES );
		$lines = '' === $bytes ? array() : str_split( $bytes, self::LINE_BYTES );
		$found = array();
		foreach ( array_reverse( $lines ) as $line ) {
			$found[] = array(
				'at'     => (int) substr( $line, 0, 10 ),
				'reason' => trim( substr( $line, 11 ) ),
			);
		}
		return $found;
	}

	/** @return string[] Reasons. */
	private static function within_minute( int $now ): array {
		$reasons = array();
		foreach ( self::newest( 4 * self::PER_MINUTE ) as $line ) {
			if ( $line['at'] > $now - 60 ) {
				$reasons[] = $line['reason'];
			}
		}
		return $reasons;
	}

	private static function tail( int $bytes ): string {
		$file = Storage::in( self::FILE );
		clearstatcache( true, $file );
		$size = (int) @filesize( $file );
		if ( $size < self::LINE_BYTES ) {
			return '';
		}
		$whole = $size - $size % self::LINE_BYTES;
		return (string) file_get_contents( $file, false, null, max( 0, $whole - $bytes ), min( $whole, $bytes ) );
	}
}
