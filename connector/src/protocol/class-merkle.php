<?php
/**
 * RFC 6962 Merkle tree proofs.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Hashes are 32 raw bytes. Algorithms: RFC 9162, sections 2.1.3.2 and 2.1.4.2.
 */
final class Merkle {
	public static function leaf( string $line ): string {
		return hash( 'sha256', "\x00" . $line, true );
	}

	/**
	 * Whether a leaf stands at an index of the tree with this size and root.
	 *
	 * @param string[] $path Hashes of the inclusion proof.
	 */
	public static function includes( string $leaf, int $index, int $size, array $path, string $root ): bool {
		if ( $index < 0 || $index >= $size ) {
			return false;
		}
		$position = $index;
		$last     = $size - 1;
		$hash     = $leaf;
		foreach ( $path as $sibling ) {
			if ( 0 === $last ) {
				return false;
			}
			if ( 1 === ( $position & 1 ) || $position === $last ) {
				$hash = self::node( $sibling, $hash );
				while ( 0 === ( $position & 1 ) && 0 !== $position ) {
					$position >>= 1;
					$last     >>= 1;
				}
			} else {
				$hash = self::node( $hash, $sibling );
			}
			$position >>= 1;
			$last     >>= 1;
		}
		return 0 === $last && hash_equals( $root, $hash );
	}

	/**
	 * Whether the tree `size, root` only appended to the tree `old_size, old_root`; `old_size` is
	 * at least 1 and below `size`.
	 *
	 * @param string[] $path Hashes of the consistency proof.
	 */
	public static function extends_tree( int $old_size, string $old_root, int $size, string $root, array $path ): bool {
		if ( $old_size < 1 || $old_size >= $size ) {
			return false;
		}
		if ( 0 === ( $old_size & ( $old_size - 1 ) ) ) {
			array_unshift( $path, $old_root );
		}
		if ( array() === $path ) {
			return false;
		}
		$first  = $old_size - 1;
		$second = $size - 1;
		while ( 1 === ( $first & 1 ) ) {
			$first  >>= 1;
			$second >>= 1;
		}
		$old_hash = array_shift( $path );
		$hash     = $old_hash;
		foreach ( $path as $sibling ) {
			if ( 0 === $second ) {
				return false;
			}
			if ( 1 === ( $first & 1 ) || $first === $second ) {
				$old_hash = self::node( $sibling, $old_hash );
				$hash     = self::node( $sibling, $hash );
				while ( 0 === ( $first & 1 ) && 0 !== $first ) {
					$first  >>= 1;
					$second >>= 1;
				}
			} else {
				$hash = self::node( $hash, $sibling );
			}
			$first  >>= 1;
			$second >>= 1;
		}
		return 0 === $second && hash_equals( $old_root, $old_hash ) && hash_equals( $root, $hash );
	}

	private static function node( string $left, string $right ): string {
		return hash( 'sha256', "\x01" . $left . $right, true );
	}
}
