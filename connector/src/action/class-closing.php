<?php
/**
 * The end of an action: the receipt, built from what is read back.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Answer\Speaker;
use Countersign\Live\Targets;
use Countersign\Protocol\Digest;
use Countersign\State\Ledger;
use Countersign\State\Own_Lock;
use Countersign\State\Trust;
use Countersign\State\Volatile;

defined( 'ABSPATH' ) || exit;

/**
 * Stored before it is sent, once: whoever is second gets the first one's receipt.
 */
final class Closing {
	private const RESULTS = array(
		'applied'         => 'applied',
		'already_applied' => 'already_applied',
	);

	/** @var Trust */
	private $trust;

	/** @var Action_Request */
	private $request;

	/** @var Work */
	private $work;

	public function __construct( Trust $trust, Action_Request $request, Work $work ) {
		$this->trust   = $trust;
		$this->request = $request;
		$this->work    = $work;
	}

	/**
	 * Ends the action with this outcome.
	 *
	 * @return array{token: string, detail: string} The receipt that stands.
	 */
	public function end( string $outcome ): array {
		Maintenance::off();
		Continuation::forget();
		if ( 'failed_needs_review' === $outcome ) {
			Own_Lock::set( Own_Lock::FAILED_ROLLBACK );
		}
		$states  = null === $this->request->plan ? array() : Targets::of_plan( $this->request->plan );
		$receipt = ( new Speaker( $this->trust ) )->receipt( $this->said( $outcome, $states ), $this->detail( $outcome, $states ) );
		Failpoint::reach( 'before_receipt' );
		Ledger::finish( $this->request->sub(), $receipt );
		Volatile::forget();
		Failpoint::reach( 'after_receipt' );
		$this->work->forget();
		$point = Restore_Point::load( $this->request->sub() );
		if ( null !== $point ) {
			$point->forget_database();
		}
		return self::stored( $this->request->sub() );
	}

	/** @return array{token: string, detail: string} */
	public static function stored( string $sub ): array {
		$row = (array) Ledger::find( $sub );
		return array(
			'token'  => (string) $row['token'],
			'detail' => (string) $row['detail'],
		);
	}

	/** @return array<string, mixed> */
	private function said( string $outcome, array $states ): array {
		$claims = $this->request->claims;
		return array(
			'mode' => $claims['mode'],
			'out'  => '' === $this->request->local ? $outcome : 'local_restore',
			'plan' => $claims['plan'],
			'post' => null === $this->request->plan ? Digest::NOTHING : Targets::digest( $states ),
			'pre'  => $claims['pre'],
			're'   => $this->request->re,
			'sub'  => $claims['sub'],
			't0'   => $this->request->begun,
		);
	}

	/** @return array<string, mixed> */
	private function detail( string $outcome, array $states ): array {
		$point = Restore_Point::load( $this->request->sub() );
		return array(
			'note'          => $this->note( $outcome ),
			'probes'        => array(
				'after'    => $this->work->get( 'after' ),
				'before'   => $this->work->get( 'before' ),
				'restored' => $this->work->get( 'restored' ),
			),
			'restorePoint'  => null === $point ? null : $point->name(),
			'schemaChanged' => $this->schema_changed( $point ),
			'steps'         => $this->steps( $outcome, array_column( $states, null, 'target' ) ),
		);
	}

	/** Whether tables or columns are others than before it began; null where nobody looked then. */
	private function schema_changed( ?Restore_Point $point ): ?bool {
		return null === $point || $this->request->is_rollback() ? null : ! $point->has_same_schema();
	}

	/** A restore by hand has one word for all its ends; the note says which it was. */
	private function note( string $outcome ): ?string {
		return '' === $this->request->local || 'applied' === $outcome ? $this->work->get( 'note' ) : $outcome;
	}

	/** @return array<int, array<string, mixed>> */
	private function steps( string $outcome, array $states ): array {
		$steps = array();
		foreach ( null === $this->request->plan ? array() : $this->request->plan->steps as $index => $step ) {
			$steps[] = array(
				'kind'   => $step->kind,
				'result' => $this->result( $outcome, $index + 1 ),
			) + $states[ $step->target ];
		}
		return $steps;
	}

	private function result( string $outcome, int $number ): string {
		if ( isset( self::RESULTS[ $outcome ] ) ) {
			return self::RESULTS[ $outcome ];
		}
		$number = $this->request->is_rollback() ? count( $this->request->plan->steps ) - $number + 1 : $number;
		if ( $number > $this->work->get( 'reached' ) ) {
			return 'not_run';
		}
		return 'failed_needs_review' === $outcome ? 'failed' : 'restored';
	}
}
