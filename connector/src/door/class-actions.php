<?php
/**
 * Verified actions, in the order of docs/protocol.md, "The signed action".
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Door;

use Countersign\Action\Action_Request;
use Countersign\Action\Closing;
use Countersign\Action\Runner;
use Countersign\Action\Settlement;
use Countersign\Action\Time_Budget;
use Countersign\Answer\Speaker;
use Countersign\Protocol\Log_Proof;
use Countersign\Protocol\Verdict;
use Countersign\State\Ledger;
use Countersign\State\Level;
use Countersign\State\Log_Head;
use Countersign\State\Own_Lock;
use Countersign\State\Trust;

defined( 'ABSPATH' ) || exit;

/**
 * Before the claim nothing is final and nothing is left behind: `not_run` says why, and the same
 * `sub` may come again. After it every end is a receipt.
 */
final class Actions {
	/** Phases before the journal exists: probes and fetching, in units of a step's time. */
	private const STEPS_BEFORE_JOURNAL = 5;

	/** @var Trust */
	private $trust;

	public function __construct( Trust $trust ) {
		$this->trust = $trust;
	}

	/**
	 * Answers an action: its receipt, `running`, or `not_run`.
	 *
	 * @param array<string, string> $texts The texts beside the token.
	 * @return array{token: string, detail: string}
	 */
	public function answer( Verdict $verdict, array $texts ): array {
		Settlement::settle( $this->trust );
		$claims = $verdict->claims;
		$known  = $this->known( $claims['sub'], $verdict->digest );
		if ( null !== $known ) {
			return $known;
		}
		if ( ! Own_Lock::allows( $claims['mode'] ) || ! Level::allows( $claims['mode'] ) ) {
			return $this->not_run( $verdict, Own_Lock::allows( $claims['mode'] ) ? 'contained' : 'locked' );
		}
		$why = $this->prove( $claims, $texts['proof'] );
		return 'none' === $why ? $this->claim( $verdict, $texts['plan'] ) : $this->not_run( $verdict, $why );
	}

	/**
	 * The stored receipt byte for byte, or `running`; null for a `sub` never claimed here.
	 *
	 * @return array{token: string, detail: string}|null
	 */
	public function known( string $sub, string $re ): ?array {
		$row = Ledger::find( $sub );
		if ( null === $row ) {
			return null;
		}
		return null === $row['running'] ? Closing::stored( $sub ) : $this->say( $re, 'running' );
	}

	private function prove( array $claims, string $proof ): string {
		$judge  = new Log_Proof( $this->trust->log_key(), $this->trust->repository(), $this->trust->site() );
		$judged = $judge->judge( $proof, $claims, Log_Head::newest() );
		if ( 'log_fork' === $judged['why'] ) {
			Own_Lock::set( Own_Lock::LOG_FORK, $judged['checkpoint']->note );
		}
		if ( 'none' === $judged['why'] ) {
			Log_Head::advance( $judged['checkpoint'] );
		}
		return $judged['why'];
	}

	private function claim( Verdict $verdict, string $plan ): array {
		$claims   = $verdict->claims;
		$deadline = time() + self::STEPS_BEFORE_JOURNAL * Time_Budget::step_seconds();
		$request  = Action_Request::for_ledger( $claims, $plan, $verdict->digest );
		$result   = Ledger::claim( $claims['sub'], $claims['seq'], $this->trust->epoch(), $deadline, $request );
		if ( Ledger::KNOWN === $result ) {
			return (array) $this->known( $claims['sub'], $verdict->digest );
		}
		if ( Ledger::CLAIMED !== $result ) {
			return $this->not_run( $verdict, $result );
		}
		$receipt = ( new Runner( $this->trust, new Action_Request( $request ) ) )->begin();
		return $receipt ?? (array) $this->known( $claims['sub'], $verdict->digest );
	}

	private function not_run( Verdict $verdict, string $why ): array {
		return ( new Speaker( $this->trust ) )->evidence( $verdict->digest, 'not_run', array(), $why );
	}

	private function say( string $re, string $answer ): array {
		return ( new Speaker( $this->trust ) )->evidence( $re, $answer, array() );
	}
}
