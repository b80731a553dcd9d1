<?php
/**
 * Going back to an earlier restore point, as an action of its own.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Change\Change;
use Countersign\Change\Changes;
use Countersign\Change\Restore_Path;
use Countersign\Files\Globs;
use Countersign\Plan\Site_Plan;
use Countersign\Plan\Step;
use Countersign\State\Ledger;

defined( 'ABSPATH' ) || exit;

/**
 * Files come from the restore point, switches and options from the step's own inverse. Rows that the
 * plugins wrote stay as they are: restoring them later would delete what happened since.
 */
final class Restoring {
	/**
	 * What takes a plan back, last step first.
	 *
	 * @return Change[]|null Null where some step has no way back.
	 */
	public static function of_plan( Site_Plan $plan, Restore_Point $point ): ?array {
		$changes = array();
		foreach ( array_reverse( $plan->steps ) as $step ) {
			$change = self::of_step( $step, $point );
			if ( null === $change ) {
				return null;
			}
			$changes[] = $change;
		}
		return $changes;
	}

	/**
	 * The restore point of the newest action that applied this plan by this merge; null where there
	 * is none any more.
	 *
	 * @param array<string, mixed> $claims Of the action that takes it back.
	 */
	public static function point_of( array $claims ): ?Restore_Point {
		foreach ( Ledger::applied() as $row ) {
			$done = $row['request']['claims'];
			if ( $done['plan'] === $claims['plan'] && $done['merge'] === $claims['merge'] && 'rollback' !== $done['mode'] ) {
				return Restore_Point::load( $row['sub'] );
			}
		}
		return null;
	}

	/** A plan that names what a restore point holds, for a restore that no message asked for. */
	public static function plan_for( Restore_Point $point ): Site_Plan {
		$plan           = new Site_Plan();
		$plan->volatile = new Globs( array() );
		foreach ( $point->targets() as $target ) {
			$plan->steps[] = Step::restoring( $target );
		}
		return $plan;
	}

	/**
	 * @return Change[] One for each target.
	 */
	public static function of_point( Restore_Point $point ): array {
		return array_map( static fn( string $target ): Change => new Restore_Path( $point, $target ), $point->targets() );
	}

	private static function of_step( Step $step, Restore_Point $point ): ?Change {
		if ( 'cache.flush' === $step->kind ) {
			return Changes::of( $step );
		}
		if ( array() !== $point->trees_of( $step->target ) && ! self::is_switch( $step->kind ) ) {
			return new Restore_Path( $point, $step->target );
		}
		$inverse = self::is_switch( $step->kind ) ? $step->inverse() : null;
		return null === $inverse ? null : Changes::of( $inverse );
	}

	private static function is_switch( string $kind ): bool {
		return in_array( $kind, array( 'plugin.activate', 'plugin.deactivate', 'theme.activate', 'option.set', 'maintenance.set' ), true );
	}
}
