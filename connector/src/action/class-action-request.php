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

	/** @param array<string, mixed> $request As `for_ledger()` gave it. */
	public function __construct( array $request ) {
		$this->claims  = $request['claims'];
		$this->re      = $request['re'];
		$this->begun   = $request['begun'];
		$this->plan    = Site_Plan::parse( $request['plan'] );
		$this->changes = null === $this->plan ? null : self::changes_of( $this->plan );
	}

	/**
	 * @param array<string, mixed> $claims Verified claims.
	 * @return array<string, mixed>
	 */
	public static function for_ledger( array $claims, string $plan, string $re ): array {
		return array(
			'begun'  => time(),
			'claims' => $claims,
			'plan'   => $plan,
			're'     => $re,
		);
	}

	public function sub(): string {
		return $this->claims['sub'];
	}

	/** @return Change[]|null */
	private static function changes_of( Site_Plan $plan ): ?array {
		$changes = array();
		foreach ( $plan->steps as $step ) {
			$change = Changes::of( $step );
			if ( null === $change ) {
				return null;
			}
			$changes[] = $change;
		}
		return $changes;
	}
}
