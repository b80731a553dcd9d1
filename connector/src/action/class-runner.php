<?php
/**
 * Carries out one claimed action.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Change\Database_Change;
use Countersign\Health\Health;
use Countersign\State\Ledger;
use Countersign\State\Trust;
use RuntimeException;
use Throwable;

defined( 'ABSPATH' ) || exit;

/**
 * A whole action is one unit: any failing step undoes all steps before it. Each answer is the
 * receipt, or null while the action still runs: here after a pause, or in another process.
 */
final class Runner {
	/** How long a new build of the connector has to answer, in units of a step's time. */
	private const NEW_BUILD_STEPS = 3;

	/** @var Action_Request */
	private $request;

	/** @var Work */
	private $work;

	/** @var Closing */
	private $closing;

	/** @var array{0: Journal, 1: Restore_Point}|null While a step is being executed. */
	private $inside = null;

	public function __construct( Trust $trust, Action_Request $request ) {
		$this->request = $request;
		$this->work    = Work::of( $request->sub() );
		$this->closing = new Closing( $trust, $request, $this->work );
	}

	/**
	 * Begins what was just claimed.
	 *
	 * @return array{token: string, detail: string}|null
	 */
	public function begin(): ?array {
		Failpoint::reach( 'claimed' );
		$outcome = ( new Judgement( $this->request, $this->work ) )->outcome();
		if ( '' !== $outcome ) {
			return $this->closing->end( $outcome );
		}
		try {
			$point = $this->begin_point();
		} catch ( RuntimeException $error ) {
			return $this->closing->end( 'refused:no_restore_point' );
		}
		$deadline = Time_Budget::deadline();
		$journal  = Maintenance::on( $deadline ) ? Journal::start( $this->request->sub(), $deadline ) : null;
		return null === $journal ? $this->closing->end( 'refused:not_ready' ) : $this->advance( $journal, $point );
	}

	/**
	 * Goes on where another request paused; whoever wins the rename does.
	 *
	 * @return array{token: string, detail: string}|null
	 */
	public function resume( Journal $journal ): ?array {
		$point = Restore_Point::load( $this->request->sub() );
		$this->work->note( 'idle', false );
		if ( null === $point || ! $this->renew( $journal, $journal->state, $journal->step ) ) {
			return null;
		}
		return $this->advance( $journal, $point );
	}

	private function begin_point(): Restore_Point {
		$options  = array();
		$prefixes = array();
		foreach ( $this->request->changes as $change ) {
			$options  = array_merge( $options, $change->options() );
			$prefixes = array_merge( $prefixes, $change->option_prefixes() );
		}
		return Restore_Point::begin( $this->request->sub(), array_values( array_unique( $options ) ), array_values( array_unique( $prefixes ) ) );
	}

	private function advance( Journal $journal, Restore_Point $point ): ?array {
		$last = count( $this->request->changes );
		for ( $number = $journal->step; $number <= $last; $number++ ) {
			$problem = $this->protect( $number, $point );
			if ( '' !== $problem ) {
				return $this->give_up( $journal, $point, $problem );
			}
			if ( ! $this->renew( $journal, Journal::SWAPPED, $number ) ) {
				return null;
			}
			$problem = $this->execute( $number, $journal, $point );
			if ( '' !== $problem ) {
				return $this->roll_back( $journal, $point, $problem );
			}
			if ( $number < $last && ! $this->renew( $journal, Journal::PREPARED, $number + 1 ) ) {
				return null;
			}
			if ( $number < $last && Time_Budget::is_spent() ) {
				$this->work->note( 'idle', true );
				Continuation::ask( $journal->deadline );
				return null;
			}
		}
		return $this->verify( $journal, $point );
	}

	private function protect( int $number, Restore_Point $point ): string {
		$change = $this->request->changes[ $number - 1 ];
		try {
			foreach ( $change->paths() as $path ) {
				$point->add( $path, $this->request->target( $number ) );
			}
			if ( $change instanceof Database_Change && ! $change->is_done() && $change->upgrades_database( $this->work->package( $number ) ) ) {
				$point->add_database();
			}
		} catch ( RuntimeException $error ) {
			return 'no_restore_point';
		}
		Failpoint::reach( 'prepared' );
		return '';
	}

	private function execute( int $number, Journal $journal, Restore_Point $point ): string {
		Failpoint::reach( 'before_swap' );
		$this->work->note( 'reached', $number );
		$package      = $this->work->package( $number );
		$change       = $this->request->changes[ $number - 1 ];
		$this->inside = array( $journal, $point );
		register_shutdown_function( array( $this, 'end_of_process' ) );
		try {
			$problem = $change->is_done() ? '' : $change->execute( is_file( $package ) ? $package : '' );
		} catch ( Throwable $error ) {
			$problem = 'exception';
		}
		$this->inside = null;
		Failpoint::reach( 'swapped' );
		return $problem;
	}

	/** Code of a plugin may end the process in the middle of a step; PHP still calls this. */
	public function end_of_process(): void {
		if ( null !== $this->inside ) {
			list( $journal, $point ) = $this->inside;
			$this->inside            = null;
			$this->roll_back( $journal, $point, 'process_ended' );
		}
	}

	private function verify( Journal $journal, Restore_Point $point ): ?array {
		if ( ! $this->renew( $journal, Journal::SWAPPED, $journal->step ) ) {
			return null;
		}
		Compiled_Code::forget_on_web_server();
		$this->work->note( 'after', Health::probe( $this->request->plan->health ) );
		if ( ! Health::is_good( $this->work->get( 'after' ) ) ) {
			return $this->roll_back( $journal, $point, 'unhealthy' );
		}
		Failpoint::reach( 'healthy' );
		if ( 'connector.update' === $this->request->plan->steps[0]->kind && ! $this->request->is_rollback() ) {
			return $this->await_new_build( $journal );
		}
		if ( ! $this->renew( $journal, Journal::VERIFIED, $journal->step ) ) {
			return null;
		}
		Failpoint::reach( 'verified' );
		$point->seal();
		$this->say_what_stays();
		Retention::prune( $point->id );
		return $this->closing->end( 'applied' );
	}

	/** Going back later restores files: rows that were written since stay, and may not fit them. */
	private function say_what_stays(): void {
		$source = $this->request->source();
		if ( null !== $source && ( $source->is_database_upgraded() || ! $source->has_same_schema() ) ) {
			$this->work->note( 'note', 'data_stays' );
		}
	}

	/** The new build has to answer a signed message before the old one is let go. */
	private function await_new_build( Journal $journal ): ?array {
		$this->work->note( 'awaits', $this->request->plan->steps[0]->to );
		$journal->move( Journal::SWAPPED, $journal->step, time() + self::NEW_BUILD_STEPS * Time_Budget::step_seconds() );
		Ledger::extend( $this->request->sub(), $journal->deadline );
		Maintenance::off();
		return null;
	}

	/** Before the first swap nothing has to be undone; after it everything has. */
	private function give_up( Journal $journal, Restore_Point $point, string $problem ): ?array {
		if ( $this->work->get( 'reached' ) > 0 ) {
			return $this->roll_back( $journal, $point, $problem );
		}
		return $this->renew( $journal, Journal::RESTORED, 1 ) ? $this->closing->end( 'refused:' . $problem ) : null;
	}

	private function roll_back( Journal $journal, Restore_Point $point, string $why ): ?array {
		$this->work->note( 'note', $why );
		if ( ! $this->renew( $journal, Journal::RESTORING, 1 ) ) {
			return null;
		}
		Failpoint::reach( 'restoring' );
		$outcome = ( new Rollback( $journal, $point, $this->work ) )->run( $this->request->plan->health );
		return null === $outcome ? null : $this->closing->end( $outcome );
	}

	/** Renames the journal with a later deadline, maintenance and the row following it. */
	private function renew( Journal $journal, string $state, int $step ): bool {
		$deadline = Time_Budget::deadline();
		if ( ! $journal->move( $state, $step, $deadline ) ) {
			return false;
		}
		if ( ! $journal->is_over() ) {
			Maintenance::on( $deadline );
		}
		Ledger::extend( $this->request->sub(), $deadline );
		return true;
	}
}
