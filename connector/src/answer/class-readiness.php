<?php
/**
 * Can this site take and undo this plan? Evidence, not a score.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Change\File_Mods;
use Countersign\Health\Health;
use Countersign\Live\Targets;
use Countersign\Plan\Site_Plan;
use Countersign\State\Own_Lock;
use Countersign\State\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * Each item is `proved`, `declared`, `unknown` or `failed`, with its time.
 */
final class Readiness {
	/** @return array<string, mixed> */
	public static function detail( Site_Plan $plan ): array {
		$live = Targets::of_plan( $plan );
		return array(
			'items' => self::items( $plan ),
			'live'  => $live,
			'pre'   => Targets::digest( $live ),
		);
	}

	/** @return array<int, array{id: string, level: string, at: int, value: string}> */
	private static function items( Site_Plan $plan ): array {
		$probes = Health::probe( $plan->health );
		$swap   = File_Mods::refusal( WP_PLUGIN_DIR );
		$free   = function_exists( 'disk_free_space' ) ? @disk_free_space( WP_CONTENT_DIR ) : false;
		return array(
			self::item( 'loopback', Health::is_good( $probes ) ? 'proved' : 'failed', self::faults( $probes ) ),
			self::item( 'files', '' === $swap ? 'proved' : 'failed', $swap ),
			self::item( 'storage', Storage::is_outside_web_root() ? 'proved' : 'declared', Storage::is_outside_web_root() ? 'outside' : 'inside' ),
			self::item( 'disk', false === $free ? 'unknown' : 'proved', false === $free ? '' : (string) (int) $free ),
			self::item( 'lock', '' === Own_Lock::reason() ? 'proved' : 'failed', Own_Lock::reason() ),
		);
	}

	/** @param array<int, array{path: string, ok: bool, status: int, why: string, ms: int}> $probes As `Health::probe()` gives them. */
	private static function faults( array $probes ): string {
		$faults = array();
		foreach ( $probes as $probe ) {
			if ( ! $probe['ok'] ) {
				$faults[] = $probe['path'] . ' ' . $probe['why'] . ' ' . $probe['status'];
			}
		}
		return substr( implode( ', ', $faults ), 0, 400 );
	}

	private static function item( string $id, string $level, string $value ): array {
		return array(
			'at'    => time(),
			'id'    => $id,
			'level' => $level,
			'value' => $value,
		);
	}
}
