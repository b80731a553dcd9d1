<?php
/**
 * The signed head of the audit log: a C2SP signed note.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Size and root that the log's key vouches for.
 */
final class Checkpoint {
	private const MAX_SIGNATURES = 16;

	/** @var int */
	public $size;

	/** @var string 32 raw bytes. */
	public $root;

	/** @var string The whole note. */
	public $note;

	private function __construct( int $size, string $root, string $note ) {
		$this->size = $size;
		$this->root = $root;
		$this->note = $note;
	}

	/**
	 * Reads a note and verifies its signature by one key under the log's name.
	 *
	 * @param string $key 32 raw bytes.
	 * @return self|null Null for every other text, and when no signature by this key holds.
	 */
	public static function verified( string $note, string $origin, string $key ): ?self {
		$parts = explode( "\n\n", $note );
		if ( 2 !== count( $parts ) || 1 !== preg_match( '~^(.+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)$~D', $parts[0], $line ) ) {
			return null;
		}
		$root = base64_decode( $line[3], true );
		if ( $line[1] !== $origin || ! is_string( $root ) || base64_encode( $root ) !== $line[3] || (int) $line[2] > Canonical_Json::MAX_INTEGER ) {
			return null;
		}
		return self::is_signed( $parts, $origin, $key ) ? new self( (int) $line[2], $root, $note ) : null;
	}

	/**
	 * Signatures by other keys are passed over, as C2SP asks; one by this key has to hold.
	 *
	 * @param string[] $parts Text and signatures.
	 */
	private static function is_signed( array $parts, string $origin, string $key ): bool {
		$lines = explode( "\n", $parts[1] );
		if ( '' !== array_pop( $lines ) || count( $lines ) > self::MAX_SIGNATURES ) {
			return false;
		}
		$hash   = substr( hash( 'sha256', $origin . "\n\x01" . $key, true ), 0, 4 );
		$signed = false;
		foreach ( $lines as $line ) {
			if ( 1 !== preg_match( '~^\x{2014} ([^ +]+) ([A-Za-z0-9+/]+={0,2})$~uD', $line, $part ) ) {
				return false;
			}
			$bytes = (string) base64_decode( $part[2], true );
			if ( base64_encode( $bytes ) !== $part[2] ) {
				return false;
			}
			if ( $part[1] !== $origin || substr( $bytes, 0, 4 ) !== $hash ) {
				continue;
			}
			if ( ! Ed25519::verify( substr( $bytes, 4 ), $parts[0] . "\n", $key ) ) {
				return false;
			}
			$signed = true;
		}
		return $signed;
	}
}
