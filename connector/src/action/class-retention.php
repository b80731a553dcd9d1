<?php
/**
 * How many restore points are kept.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Files\Folder;
use Countersign\State\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * The last three, for 14 days, in at most a fifth of the free disk.
 */
final class Retention {
	private const KEPT        = 3;
	private const SECONDS     = 14 * DAY_IN_SECONDS;
	private const DISK_SHARES = 5;

	/** Removes what is too many, too old or too large; never the named one, which is the newest. */
	public static function prune( string $newest ): void {
		$room = self::room();
		$kept = 0;
		foreach ( self::newest_first() as $point ) {
			$room -= Folder::size( Restore_Point::folder_of( $point->id ) );
			$stays = $kept < self::KEPT && $room >= 0 && $point->at() > time() - self::SECONDS;
			if ( $stays || $point->id === $newest ) {
				++$kept;
			} else {
				Folder::remove( Restore_Point::folder_of( $point->id ) );
			}
		}
	}

	/** @return Restore_Point[] All that are readable. */
	public static function newest_first(): array {
		$points = array();
		foreach ( array_diff( (array) @scandir( Storage::in( 'points' ) ), array( '.', '..' ) ) as $id ) {
			$point = Restore_Point::load( (string) $id );
			if ( null !== $point ) {
				$points[] = $point;
			}
		}
		usort( $points, static fn( Restore_Point $one, Restore_Point $other ): int => $other->at() <=> $one->at() );
		return $points;
	}

	private static function room(): float {
		$free = function_exists( 'disk_free_space' ) ? @disk_free_space( Storage::path() ) : false;
		return false === $free ? PHP_INT_MAX : $free / self::DISK_SHARES;
	}
}
