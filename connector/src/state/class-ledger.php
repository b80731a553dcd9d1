<?php
/**
 * The ledger: which actions were claimed here, and how each ended.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Plan\Site_Plan;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Digest;

defined( 'ABSPATH' ) || exit;

/**
 * A claim is one INSERT: each `sub` once, one running at a time, `seq` above every other row's.
 * A receipt is written once, by whoever still finds the row running.
 */
final class Ledger {
	public const CLAIMED   = 'claimed';
	public const KNOWN     = 'known';
	public const BUSY      = 'busy';
	public const OVERTAKEN = 'overtaken';

	/**
	 * Claims an action for this process.
	 *
	 * @param array<string, mixed> $request What a later process needs to finish it.
	 * @return string One of the constants.
	 */
	public static function claim( string $sub, int $seq, int $epoch, int $deadline, array $request ): string {
		$db        = Database::wpdb();
		$table     = Database::ledger();
		$statement = "INSERT INTO $table (sub, running, seq, epoch, deadline, request)
			SELECT %s, 1, %d, %d, %d, %s FROM ( SELECT 1 AS one ) AS always
			WHERE NOT EXISTS ( SELECT 1 FROM $table AS other WHERE other.seq >= %d )";
		$text      = Canonical_Json::encode( $request );
		if ( 1 === Database::attempt( $db->prepare( $statement, $sub, $seq, $epoch, $deadline, $text, $seq ) ) ) {
			return self::CLAIMED;
		}
		if ( null !== self::find( $sub ) ) {
			return self::KNOWN;
		}
		return null !== self::running() ? self::BUSY : self::OVERTAKEN;
	}

	/** @return array<string, mixed>|null The row of an action. */
	public static function find( string $sub ): ?array {
		return self::row( Database::wpdb()->prepare( 'WHERE sub = %s', $sub ) );
	}

	/** @return array<string, mixed>|null The one row that runs. */
	public static function running(): ?array {
		return self::row( 'WHERE running = 1' );
	}

	/** @return array<string, mixed>|null The newest row with a receipt in this epoch. */
	public static function newest_receipt( int $epoch ): ?array {
		return self::row( Database::wpdb()->prepare( 'WHERE rseq IS NOT NULL AND epoch = %d ORDER BY rseq DESC LIMIT 1', $epoch ) );
	}

	/** @return array<int, array<string, mixed>> Rows with a receipt, newest first. */
	public static function receipts( int $count ): array {
		$db   = Database::wpdb();
		$rows = $db->get_results( $db->prepare( 'SELECT * FROM ' . Database::ledger() . ' WHERE rseq IS NOT NULL ORDER BY id DESC LIMIT %d', $count ), ARRAY_A );
		return array_map( array( self::class, 'typed' ), is_array( $rows ) ? $rows : array() );
	}

	/** @return array<int, array<string, mixed>> Rows of an epoch whose receipt nobody has acknowledged, oldest first. */
	public static function unacknowledged( int $epoch, int $count ): array {
		$db   = Database::wpdb();
		$rows = $db->get_results( $db->prepare( 'SELECT * FROM ' . Database::ledger() . ' WHERE rseq IS NOT NULL AND acknowledged = 0 AND epoch = %d ORDER BY rseq LIMIT %d', $epoch, $count ), ARRAY_A );
		return array_map( array( self::class, 'typed' ), is_array( $rows ) ? $rows : array() );
	}

	/** @param string[] $subs Actions whose receipts the control plane has on record. */
	public static function acknowledge( array $subs ): void {
		foreach ( $subs as $sub ) {
			Database::wpdb()->update( Database::ledger(), array( 'acknowledged' => 1 ), array( 'sub' => $sub ) );
		}
	}

	/** @return array<string, mixed>|null The row whose receipt is this token. */
	public static function by_token( string $token ): ?array {
		return self::row( Database::wpdb()->prepare( 'WHERE token = %s', $token ) );
	}

	/** @return array<int, array<string, mixed>> Rows of applied actions, newest first. */
	public static function applied(): array {
		$rows = Database::wpdb()->get_results( 'SELECT * FROM ' . Database::ledger() . " WHERE outcome = 'applied' ORDER BY id DESC LIMIT 200", ARRAY_A );
		return array_map( array( self::class, 'typed' ), is_array( $rows ) ? $rows : array() );
	}

	/** @return string[] Targets of the plans that were applied here since then, in Unix time. */
	public static function targets( int $since = 0 ): array {
		$targets = array();
		foreach ( self::applied() as $row ) {
			if ( (int) ( $row['request']['begun'] ?? 0 ) < $since ) {
				continue;
			}
			$plan    = Site_Plan::parse( (string) ( $row['request']['plan'] ?? '' ) );
			$targets = array_merge( $targets, null === $plan ? array() : $plan->targets() );
		}
		return array_values( array_unique( $targets ) );
	}

	/**
	 * Claims the site for something that a person here asked for; false when an action runs.
	 *
	 * @param array<string, mixed> $request What a later process needs to finish it.
	 */
	public static function claim_by_hand( string $sub, int $epoch, int $deadline, array $request ): bool {
		$statement = 'INSERT INTO ' . Database::ledger() . ' (sub, running, epoch, deadline, request) VALUES (%s, 1, %d, %d, %s)';
		return 1 === Database::attempt( Database::wpdb()->prepare( $statement, $sub, $epoch, $deadline, Canonical_Json::encode( $request ) ) );
	}

	/** Moves the moment after which others may close the row. */
	public static function extend( string $sub, int $deadline ): void {
		$db = Database::wpdb();
		$db->query( $db->prepare( 'UPDATE ' . Database::ledger() . ' SET deadline = %d WHERE sub = %s AND running = 1', $deadline, $sub ) );
	}

	/**
	 * Stores the receipt and ends the run; false when another process has ended it.
	 *
	 * @param array{outcome: string, rseq: int, token: string, detail: string} $receipt What will be sent.
	 */
	public static function finish( string $sub, array $receipt ): bool {
		$db        = Database::wpdb();
		$statement = 'UPDATE ' . Database::ledger() . ' SET running = NULL, outcome = %s, rseq = %d, token = %s, detail = %s WHERE sub = %s AND running = 1';
		return 1 === Database::attempt( $db->prepare( $statement, $receipt['outcome'], $receipt['rseq'], $receipt['token'], $receipt['detail'], $sub ) );
	}

	/** Digest of the newest receipt of an epoch, and the number that the next one has. */
	public static function chain( int $epoch ): array {
		$last = self::newest_receipt( $epoch );
		return array(
			'prev' => null === $last ? Digest::NOTHING : Digest::of( $last['token'] ),
			'rseq' => null === $last ? 1 : $last['rseq'] + 1,
		);
	}

	private static function row( string $condition ): ?array {
		$row = Database::wpdb()->get_row( 'SELECT * FROM ' . Database::ledger() . ' ' . $condition, ARRAY_A );
		return is_array( $row ) ? self::typed( $row ) : null;
	}

	/**
	 * @param array<string, string|null> $row As the database gives it.
	 * @return array<string, mixed>
	 */
	private static function typed( array $row ): array {
		foreach ( array( 'id', 'running', 'seq', 'epoch', 'deadline', 'rseq', 'acknowledged' ) as $name ) {
			$row[ $name ] = null === $row[ $name ] ? null : (int) $row[ $name ];
		}
		$row['request'] = (array) Canonical_Json::decode( (string) $row['request'] );
		return $row;
	}
}
