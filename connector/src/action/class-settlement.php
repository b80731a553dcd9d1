<?php
/**
 * What became of an action that nobody is working on any more.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Health\Health;
use Countersign\State\Ledger;
use Countersign\State\Storage;
use Countersign\State\Trust;

defined( 'ABSPATH' ) || exit;

/**
 * Every request of ours begins here: goes on with a paused action, and closes truthfully one whose
 * process died.
 */
final class Settlement {
	/**
	 * Settles the running action, if there is one to settle.
	 */
	public static function settle( Trust $trust ): void {
		$row = Ledger::running();
		if ( null === $row ) {
			return;
		}
		$request = new Action_Request( $row['request'] );
		$journal = Journal::current();
		$work    = Work::of( $row['sub'] ); // After the journal: whoever takes it over marks the work first.
		if ( null === $journal || $journal->sub() !== $row['sub'] ) {
			if ( $row['deadline'] < time() ) {
				self::close( $trust, $request, $work, 'refused:internal' );
			}
			return;
		}
		if ( ! $journal->is_over() && COUNTERSIGN_VERSION === $work->get( 'awaits' ) ) {
			self::let_old_build_go( $trust, $request, $work, $journal );
		} elseif ( ! $journal->is_over() && $work->get( 'idle' ) ) {
			( new Runner( $trust, $request ) )->resume( $journal );
		} elseif ( $journal->deadline <= time() ) {
			self::close_by_journal( $trust, $request, $work, $journal );
		}
	}

	/** This code is the new build, and it has just verified a message. */
	private static function let_old_build_go( Trust $trust, Action_Request $request, Work $work, Journal $journal ): void {
		if ( $journal->move( Journal::VERIFIED, $journal->step, Time_Budget::deadline() ) ) {
			( new Closing( $trust, $request, $work ) )->end( 'applied' );
		}
	}

	private static function close_by_journal( Trust $trust, Action_Request $request, Work $work, Journal $journal ): void {
		if ( ! $journal->is_over() ) {
			$journal = self::heal( $journal );
		}
		if ( null === $journal ) {
			return;
		}
		$outcome = array(
			Journal::VERIFIED => 'applied',
			Journal::RESTORED => $work->get( 'reached' ) > 0 ? self::healed( $request, $work ) : 'refused:internal',
			Journal::FAILED   => 'failed_needs_review',
		);
		self::close( $trust, $request, $work, $outcome[ $journal->state ] );
	}

	private static function healed( Action_Request $request, Work $work ): string {
		$work->note( 'restored', Health::probe( null === $request->plan ? array() : $request->plan->health ) );
		return Health::is_good( $work->get( 'restored' ) ) ? 'self_healed' : 'failed_needs_review';
	}

	/** Does what the must-use stub would have done, where that is missing: so visitors may have been here. */
	private static function heal( Journal $journal ): ?Journal {
		$point = Restore_Point::load( $journal->sub() );
		if ( null !== $point ) {
			$point->forget_database();
		}
		\Countersign_Stub::guard( Storage::path() );
		$journal = Journal::current();
		return null !== $journal && $journal->is_over() ? $journal : null;
	}

	private static function close( Trust $trust, Action_Request $request, Work $work, string $outcome ): void {
		if ( null === $work->get( 'note' ) ) {
			$work->note( 'note', 'process_died' );
		}
		( new Closing( $trust, $request, $work ) )->end( $outcome );
	}
}
