<?php
/**
 * Going back to a restore point by hand, with no network and no control plane.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Live\Targets;
use Countersign\Protocol\Digest;
use Countersign\State\Ledger;
use Countersign\State\Trust;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * For an administrator at the site. Probed before and after, protected by a restore point of its
 * own, and receipted as `local_restore`, so that the control plane holds the site until a person has
 * looked.
 */
final class Local_Restore {
	/**
	 * Restores the files of a restore point.
	 *
	 * @return array{token: string, detail: string} The receipt.
	 * @throws RuntimeException When there is no such restore point, or an action runs.
	 */
	public static function run( Trust $trust, string $id ): array {
		Time_Budget::begin();
		Settlement::settle( $trust );
		$point = 1 === preg_match( '/^[a-z2-7]{26}$/D', $id ) ? Restore_Point::load( $id ) : null;
		if ( null === $point || array() === $point->targets() ) {
			throw new RuntimeException( 'there is no such restore point, or it holds no files' );
		}
		$request = Action_Request::for_restore( self::claims( $trust, $point ), $id );
		$sub     = $request['claims']['sub'];
		if ( ! Ledger::claim_by_hand( $sub, $trust->epoch(), Time_Budget::deadline(), $request ) ) {
			throw new RuntimeException( 'an action is running; try again when it is over' );
		}
		$receipt = ( new Runner( $trust, new Action_Request( $request ) ) )->begin();
		if ( null === $receipt ) {
			throw new RuntimeException( 'another process has taken over; ask for the receipts' );
		}
		return $receipt;
	}

	/** @return array<string, string> */
	private static function claims( Trust $trust, Restore_Point $point ): array {
		$identity = array(
			'rseq' => Ledger::chain( $trust->epoch() )['rseq'],
			'site' => $trust->site(),
		);
		return array(
			'merge' => '',
			'mode'  => 'rollback',
			'plan'  => Digest::NOTHING,
			'pre'   => Targets::digest( Targets::of_plan( Restoring::plan_for( $point ) ) ),
			'sub'   => Digest::action_id( $identity ),
		);
	}
}
