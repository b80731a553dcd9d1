<?php
/**
 * Can this site take and undo this plan? Evidence, not a score.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Action\Retention;
use Countersign\Change\Changes;
use Countersign\Files\Folder;
use Countersign\Health\Health;
use Countersign\Live\Targets;
use Countersign\Plan\Site_Plan;

defined( 'ABSPATH' ) || exit;

/**
 * Each item is `proved`, `declared`, `unknown` or `failed`, with the time it was measured.
 */
final class Readiness {
	private const SPACE_FACTOR  = 3;
	private const DRILL_SECONDS = DAY_IN_SECONDS;
	private const DRILL_BYTES   = 33554432;

	/** @return array<string, mixed> */
	public static function detail( Site_Plan $plan ): array {
		$paths = self::paths( $plan );
		self::drill( $paths );
		$live = Targets::of_plan( $plan );
		return array(
			'items' => array_merge( array( self::loopback( $plan ), self::disk( $paths ), self::requirements( $plan ), self::previous( $plan ) ), Findings::all() ),
			'live'  => $live,
			'pre'   => Targets::digest( $live ),
		);
	}

	private static function loopback( Site_Plan $plan ): array {
		$probes = Health::probe( $plan->health );
		$why    = array_unique( array_filter( array_column( $probes, 'why' ) ) );
		return Findings::item( 'loopback', Health::is_good( $probes ) ? 'proved' : 'failed', implode( ' ', $why ) );
	}

	private static function disk( array $paths ): array {
		$free   = function_exists( 'disk_free_space' ) ? @disk_free_space( WP_CONTENT_DIR ) : false;
		$needed = self::SPACE_FACTOR * array_sum( array_map( array( Folder::class, 'size' ), $paths ) );
		if ( false === $free ) {
			return Findings::item( 'disk', 'unknown', '' );
		}
		return Findings::item( 'disk', $free >= $needed ? 'proved' : 'failed', sprintf( '%.0f free, %d needed', $free, $needed ) );
	}

	/** What each step would be refused for here, without doing it. */
	private static function requirements( Site_Plan $plan ): array {
		$codes = array();
		foreach ( $plan->steps as $step ) {
			$change = Changes::of( $step );
			$code   = null === $change ? 'unsupported' : ( $change->is_done() ? '' : $change->refusal() );
			if ( '' !== $code ) {
				$codes[] = $step->target . ' ' . $code;
			}
		}
		return Findings::item( 'requirements', array() === $codes ? 'proved' : 'failed', implode( ', ', $codes ) );
	}

	/** Whether restore points of what the plan changes are kept here already. */
	private static function previous( Site_Plan $plan ): array {
		$kept = array();
		foreach ( Retention::newest_first() as $point ) {
			$kept = array_merge( $kept, array_intersect( $point->targets(), $plan->targets() ) );
		}
		return Findings::item( 'previousPackage', array() === $kept ? 'unknown' : 'declared', implode( ' ', array_unique( $kept ) ) );
	}

	/** Once a day, on something that the plan changes. */
	private static function drill( array $paths ): void {
		if ( Drill::newest()['at'] > time() - self::DRILL_SECONDS && Drill::newest()['ok'] ) {
			return;
		}
		foreach ( $paths as $path ) {
			if ( is_dir( $path ) && Folder::size( $path ) <= self::DRILL_BYTES ) {
				Drill::run( $path );
				return;
			}
		}
	}

	/** @return string[] */
	private static function paths( Site_Plan $plan ): array {
		$paths = array();
		foreach ( $plan->steps as $step ) {
			$change = Changes::of( $step );
			$paths  = array_merge( $paths, null === $change ? array() : $change->paths() );
		}
		return array_values( array_unique( $paths ) );
	}
}
