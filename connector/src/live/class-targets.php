<?php
/**
 * Live state of the things that steps are about.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Live;

use Countersign\Files\Globs;
use Countersign\Plan\Site_Plan;
use Countersign\Plan\Step;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Digest;

defined( 'ABSPATH' ) || exit;

/**
 * `pre` and `post` are digests of the list that `of_plan()` gives.
 */
final class Targets {
	/** @return array<int, array{target: string, version: string|null, state: string, tree: string|null}> */
	public static function of_plan( Site_Plan $plan ): array {
		$states = array();
		foreach ( $plan->targets() as $target ) {
			$states[] = self::read( $target, $plan->volatile );
		}
		return $states;
	}

	/** @param array<int, array<string, mixed>> $states As `of_plan()` gives them. */
	public static function digest( array $states ): string {
		return Digest::of( Canonical_Json::encode( $states ) );
	}

	/** @return array{target: string, version: string|null, state: string, tree: string|null} */
	public static function read( string $target, ?Globs $volatile = null ): array {
		$parts = explode( '/', $target, 2 );
		switch ( $parts[0] ) {
			case 'plugins':
				return ( new Plugin_Folder( $parts[1] ) )->state( $volatile );
			case 'themes':
				return ( new Theme_Folder( $parts[1] ) )->state( $volatile );
			case 'options':
				return ( new Site_Option( $parts[1] ) )->state();
			case 'core':
				return Core_Files::state();
			case 'maintenance':
				return Closed_Site::state();
			case 'connector':
				return array( 'target' => 'connector' ) + ( new Plugin_Folder( Plugin_Folder::slug_of( plugin_basename( COUNTERSIGN_FILE ) ) ) )->state( null );
			default:
				return array(
					'target'  => $target,
					'version' => null,
					'state'   => 'active',
					'tree'    => null,
				);
		}
	}

	/** A version as messages may carry it; null for everything else. */
	public static function version( string $text ): ?string {
		return Step::is_version( $text ) ? $text : null;
	}
}
