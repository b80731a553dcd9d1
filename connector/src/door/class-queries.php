<?php
/**
 * Verified questions.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Door;

use Countersign\Action\Settlement;
use Countersign\Answer\Inventory;
use Countersign\Answer\Readiness;
use Countersign\Answer\Rehearsal;
use Countersign\Answer\Speaker;
use Countersign\Plan\Site_Plan;
use Countersign\Protocol\Verdict;
use Countersign\State\Managed;
use Countersign\State\Seen;
use Countersign\State\Trust;
use Countersign\State\Volatile;

defined( 'ABSPATH' ) || exit;

/**
 * Each is answered once, by signed evidence or by the receipt it asks for.
 */
final class Queries {
	/** @var Trust */
	private $trust;

	public function __construct( Trust $trust ) {
		$this->trust = $trust;
	}

	/**
	 * Answers a query.
	 *
	 * @param string $arg The text beside the token.
	 * @return array{token: string, detail: string}|null Null for a replay, or an `arg` of another form.
	 */
	public function answer( Verdict $verdict, string $arg, int $now ): ?array {
		$claims = $verdict->claims;
		if ( ! Seen::first_time( $claims['jti'], $claims['exp'], $now ) ) {
			return null;
		}
		Settlement::settle( Trust::load() ?? $this->trust );
		if ( 'outcome' === $claims['ask'] ) {
			return $this->outcome( $verdict, $arg );
		}
		$detail = self::detail( $claims, $arg );
		$answer = 'rehearse' === $claims['ask'] ? 'rehearsed' : $claims['ask'];
		return null === $detail ? null : ( new Speaker( $this->trust ) )->evidence( $verdict->digest, $answer, $detail );
	}

	private function outcome( Verdict $verdict, string $sub ): array {
		$known = ( new Actions( $this->trust ) )->known( $sub, $verdict->digest );
		return $known ?? ( new Speaker( $this->trust ) )->evidence( $verdict->digest, 'not_seen', array() );
	}

	/** @return array<string, mixed>|null */
	private static function detail( array $claims, string $arg ): ?array {
		$ask = $claims['ask'];
		if ( 'hello' === $ask && '' === $arg ) {
			return array( 'time' => time() );
		}
		if ( 'inventory' === $ask ) {
			return self::inventory( $claims['iat'], $arg );
		}
		$plan = Site_Plan::parse( $arg );
		if ( null === $plan || ! in_array( $ask, array( 'readiness', 'rehearse' ), true ) ) {
			return null;
		}
		return 'readiness' === $ask ? Readiness::detail( $plan ) : Rehearsal::detail( $plan, $arg );
	}

	/** @return array<string, mixed>|null */
	private static function inventory( int $at, string $arg ): ?array {
		$asked = Managed::parse( $arg );
		if ( null !== $asked && null !== $asked['managed'] ) {
			Managed::learn( $asked['managed'], $at );
		}
		if ( null === $asked ) {
			return null;
		}
		Volatile::learn( $arg );
		return Inventory::detail( $asked['globs'] );
	}
}
