<?php
/**
 * Which key-sets may replace the pinned keys.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * An action key signs the next version and replaces action keys only; the recovery key signs the
 * next generation and replaces all. docs/protocol.md, "Keys".
 */
final class Keyset_Rules {
	/**
	 * Whether a set can stand: complete, without weak keys, and within what its signer may replace.
	 *
	 * @param array<string, mixed> $set Claims of a key-set.
	 */
	public static function allow( array $set, Pinned_Keys $pinned, string $signed_with ): bool {
		$uses = array_count_values( array_column( $set['keys'], 'use' ) );
		$kids = array_column( $set['keys'], 'kid' );
		if ( count( array_unique( $kids ) ) !== count( $kids ) ) {
			return false;
		}
		if ( ( $uses['action'] ?? 0 ) < 1 || 1 !== ( $uses['log'] ?? 0 ) || 1 !== ( $uses['recovery'] ?? 0 ) ) {
			return false;
		}
		foreach ( $set['keys'] as $entry ) {
			if ( Ed25519::kid( $entry['x'] ) !== $entry['kid'] || ! Pinned_Keys::is_strong( $entry['x'] ) ) {
				return false;
			}
		}
		return self::is_within_reach( $set, $pinned, $signed_with );
	}

	/** A stolen action key must not exchange the keys that can end the theft. */
	private static function is_within_reach( array $set, Pinned_Keys $pinned, string $signed_with ): bool {
		if ( 'recovery' === $signed_with ) {
			return 1 === $set['kver'] && $set['gen'] > 1;
		}
		if ( $set['kver'] <= 1 ) {
			return false;
		}
		foreach ( $set['keys'] as $entry ) {
			$found = $pinned->find( $entry['kid'] );
			if ( 'action' !== $entry['use'] && ( '' !== $found['reason'] || $found['use'] !== $entry['use'] || $found['x'] !== $entry['x'] ) ) {
				return false;
			}
		}
		return true;
	}
}
