<?php
/**
 * One authorised action, as it was claimed.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Change\Change;
use Countersign\Change\Changes;
use Countersign\Plan\Site_Plan;
use Countersign\Protocol\Digest;

defined( 'ABSPATH' ) || exit;

/**
 * The verified claims, the plan's text and the token's digest: what any process needs to finish it.
 */
final class Action_Request {
	/** @var array<string, mixed> Verified claims. */
	public $claims;

	/** @var Site_Plan|null Null where the text is not a plan that this connector can read. */
	public $plan;

	/** @var string Digest of the action token. */
	public $re;

	/** @var Change[]|null In the order of the steps; null where a kind is unknown here. */
	public $changes;

	/** @var int Unix time of the claim. */
	public $begun;

	/** @var string The restore point that a person here goes back to; empty for an authorised action. */
	public $local;

	/** @param array<string, mixed> $request As `for_ledger()` or `for_restore()` gave it. */
	public function __construct( array $request ) {
		$this->claims  = $request['claims'];
		$this->re      = $request['re'];
		$this->begun   = $request['begun'];
		$this->local   = $request['local'];
		$point         = '' === $this->local ? null : Restore_Point::load( $this->local );
		$this->plan    = null === $point ? Site_Plan::parse( $request['plan'] ) : Restoring::plan_for( $point );
		$this->changes = null === $point ? $this->changes_of_plan() : Restoring::of_point( $point );
	}

	/**
	 * @param array<string, mixed> $claims Verified claims.
	 * @return array<string, mixed>
	 */
	public static function for_ledger( array $claims, string $plan, string $re ): array {
		return array(
			'begun'  => time(),
			'claims' => $claims,
			'local'  => '',
			'plan'   => $plan,
			're'     => $re,
		);
	}

	/**
	 * A restore by hand, which no message asked for.
	 *
	 * @param array<string, string> $claims `sub`, `mode`, `plan`, `pre`, `merge`.
	 * @return array<string, mixed>
	 */
	public static function for_restore( array $claims, string $point ): array {
		return array( 'local' => $point ) + self::for_ledger( $claims, '', Digest::NOTHING );
	}

	/** What a change is about, counted from 1 in the order of the changes. */
	public function target( int $number ): string {
		$steps = $this->is_rollback() ? array_reverse( $this->plan->steps ) : $this->plan->steps;
		return $steps[ $number - 1 ]->target;
	}

	/** Whether the changes take a plan back, last step first. */
	public function is_rollback(): bool {
		return 'rollback' === $this->claims['mode'] && '' === $this->local;
	}

	/** The restore point that this action goes back to; null for one that goes forward. */
	public function source(): ?Restore_Point {
		if ( '' !== $this->local ) {
			return Restore_Point::load( $this->local );
		}
		return $this->is_rollback() ? Restoring::point_of( $this->claims ) : null;
	}

	public function sub(): string {
		return $this->claims['sub'];
	}

	/** @return Change[]|null */
	private function changes_of_plan(): ?array {
		if ( null === $this->plan ) {
			return null;
		}
		if ( $this->is_rollback() ) {
			$point = Restoring::point_of( $this->claims );
			return null === $point ? array() : Restoring::of_plan( $this->plan, $point );
		}
		$changes = array_map( array( Changes::class, 'of' ), $this->plan->steps );
		return in_array( null, $changes, true ) ? null : $changes;
	}
}
