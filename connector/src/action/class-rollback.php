<?php
/**
 * Putting a site back within the action that changed it.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Health\Health;

defined( 'ABSPATH' ) || exit;

/**
 * Three attempts, then a person has to look.
 */
final class Rollback {
	private const ATTEMPTS = 3;

	/** @var Journal Held by this process, in state `restoring`. */
	private $journal;

	/** @var Restore_Point */
	private $point;

	/** @var Work */
	private $work;

	public function __construct( Journal $journal, Restore_Point $point, Work $work ) {
		$this->journal = $journal;
		$this->point   = $point;
		$this->work    = $work;
	}

	/**
	 * Restores, then proves that the site is well.
	 *
	 * @param array<int, array{path: string, status: int, text: string|null}> $pages From the plan.
	 * @return string|null The outcome; null when another process has taken over.
	 */
	public function run( array $pages ): ?string {
		$has_left = $this->point->is_database_upgraded() && ! $this->point->brings_database();
		while ( ! $this->point->restore() ) {
			$attempt = $this->journal->step + 1;
			$state   = $attempt > self::ATTEMPTS ? Journal::FAILED : Journal::RESTORING;
			if ( ! $this->journal->move( $state, min( $attempt, self::ATTEMPTS ), Time_Budget::deadline() ) ) {
				return null;
			}
			if ( Journal::FAILED === $state ) {
				return 'failed_needs_review';
			}
		}
		if ( ! $this->journal->move( Journal::RESTORED, $this->journal->step, Time_Budget::deadline() ) ) {
			return null;
		}
		Failpoint::reach( 'restored' );
		wp_clean_plugins_cache( false );
		Compiled_Code::forget_on_web_server();
		$this->work->note( 'restored', Health::probe( $pages ) );
		if ( ! Health::is_good( $this->work->get( 'restored' ) ) ) {
			return 'failed_needs_review';
		}
		return ! $has_left && $this->point->has_same_schema() ? 'rolled_back' : 'rolled_back_files_only';
	}
}
