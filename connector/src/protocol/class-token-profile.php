<?php
/**
 * The token profile: is this text a token at all, and is its payload one that every JSON parser
 * reads alike? Asked before any library sees it.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

use stdClass;

defined( 'ABSPATH' ) || exit;

/**
 * A JWS compact serialisation (RFC 7515 section 3.1) in exactly one spelling.
 */
final class Token_Profile {
	private const HEADER = '/^\{"alg":"Ed25519","kid":"([ !#-\[\]-~]*)","typ":"([ !#-\[\]-~]*)"\}$/D';

	/** A payload may nest so deep, its own object counted. */
	private const MAX_DEPTH = 3;

	/** PHP counts differently; deeper texts are no payload in any case. */
	private const PARSER_DEPTH = 8;

	/** PHP turns such names into integers, and would then sort and serialise them differently. */
	private const INTEGER_LIKE = '/^-?[0-9]+$/D';

	/**
	 * Reads the three parts; the payload is not judged yet.
	 *
	 * @param array<array-key, mixed> $texts What came beside the token, by name.
	 * @return array{reason: string, kid?: string, typ?: string, payload?: string, signature?: string, signed?: string}
	 */
	public static function parse( string $token, array $texts ): array {
		if ( ! self::fits_limits( $token, $texts ) ) {
			return array( 'reason' => 'size' );
		}
		$parts = explode( '.', $token );
		if ( 3 !== count( $parts ) ) {
			return array( 'reason' => 'parts' );
		}
		list( $header, $payload, $signature ) = array_map( array( self::class, 'decode_part' ), $parts );
		if ( null === $header || null === $payload || null === $signature || Ed25519::SIGNATURE_BYTES !== strlen( $signature ) ) {
			return array( 'reason' => 'encoding' );
		}
		if ( 1 !== preg_match( self::HEADER, $header, $member ) ) {
			return array( 'reason' => 'header' );
		}
		return array(
			'reason'    => '',
			'kid'       => $member[1],
			'typ'       => $member[2],
			'payload'   => $payload,
			'signature' => $signature,
			'signed'    => $parts[0] . '.' . $parts[1],
		);
	}

	/**
	 * Reads a payload: printable ASCII without backslash, sorted members, and parsing and
	 * serialising again gives the same bytes.
	 *
	 * @return array<string, mixed>|null
	 */
	public static function payload( string $bytes ): ?array {
		if ( 1 !== preg_match( '/^[ -\[\]-~]*$/D', $bytes ) ) {
			return null;
		}
		$value = json_decode( $bytes, false, self::PARSER_DEPTH );
		if ( ! $value instanceof stdClass || ! self::is_profiled( $value, 1 ) ) {
			return null;
		}
		return Canonical_Json::decode( $bytes );
	}

	/**
	 * @param array<array-key, mixed> $texts What came beside the token.
	 */
	private static function fits_limits( string $token, array $texts ): bool {
		$limits = Claims::limits();
		$bytes  = strlen( $token );
		foreach ( $texts as $text ) {
			$bytes += is_string( $text ) ? strlen( $text ) : 0;
		}
		return strlen( $token ) <= $limits['token_bytes'] && $bytes <= $limits['message_bytes'];
	}

	private static function decode_part( string $part ): ?string {
		return '' === $part ? null : Base64url::decode( $part );
	}

	/**
	 * @param mixed $value Part of a payload.
	 * @param int   $depth Of this part, where it is a list or an object.
	 */
	private static function is_profiled( $value, int $depth ): bool {
		if ( is_string( $value ) ) {
			return true;
		}
		if ( is_int( $value ) ) {
			return $value >= 0 && $value <= Canonical_Json::MAX_INTEGER;
		}
		if ( $depth > self::MAX_DEPTH ) {
			return false;
		}
		if ( is_array( $value ) ) {
			return self::all_profiled( $value, $depth + 1 );
		}
		if ( ! $value instanceof stdClass ) {
			return false;
		}
		$members = get_object_vars( $value );
		foreach ( array_keys( $members ) as $name ) {
			if ( 1 === preg_match( self::INTEGER_LIKE, (string) $name ) ) {
				return false;
			}
		}
		return array() !== $members && self::all_profiled( $members, $depth + 1 );
	}

	private static function all_profiled( array $values, int $depth ): bool {
		foreach ( $values as $value ) {
			if ( ! self::is_profiled( $value, $depth ) ) {
				return false;
			}
		}
		return true;
	}
}
