<?php
/**
 * Named places where a test kills the process.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\State\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * Does nothing unless wp-config.php says `COUNTERSIGN_ALLOW_FAILPOINTS` is true.
 */
final class Failpoint {
	public static function reach( string $name ): void {
		if ( ! defined( 'COUNTERSIGN_ALLOW_FAILPOINTS' ) || true !== COUNTERSIGN_ALLOW_FAILPOINTS || self::chosen() !== $name ) {
			return;
		}
		if ( function_exists( 'posix_kill' ) ) {
			posix_kill( getmypid(), 9 );
		}
		touch( Storage::in( 'failpoint-reached' ) ); // Where PHP cannot kill itself, the test does it.
		while ( true ) {
			sleep( 1 );
		}
	}

	private static function chosen(): string {
		$chosen = defined( 'COUNTERSIGN_FAILPOINT' ) ? COUNTERSIGN_FAILPOINT : getenv( 'COUNTERSIGN_FAILPOINT' );
		return is_string( $chosen ) ? $chosen : '';
	}
}
