<?php
/**
 * SHA-256 of files and of parts of files.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Files;

defined( 'ABSPATH' ) || exit;

/**
 * The same digest by either of two ways: OpenSSL's code uses the processor's own instructions and is
 * five times as fast, but ext-openssl is optional and takes whole texts only.
 */
final class Sha256 {
	/** Larger texts are hashed as a stream, and so are those that would fill a quarter of the memory left. */
	private const MAX_WHOLE_BYTES = 16777216;
	private const MEMORY_SHARES   = 4;

	/** Hex digest of all bytes of a file; null when it cannot be read. */
	public static function of_file( string $path ): ?string {
		$size = @filesize( $path );
		if ( false === $size ) {
			return null;
		}
		if ( ! self::fits( $size ) ) {
			$hex = @hash_file( 'sha256', $path );
			return is_string( $hex ) ? $hex : null;
		}
		$bytes = @file_get_contents( $path );
		return is_string( $bytes ) ? self::of( $bytes ) : null;
	}

	/**
	 * Hex digest of the next bytes of a stream; null when there are fewer.
	 *
	 * @param resource $stream Opened for reading.
	 */
	public static function of_next( $stream, int $size ): ?string {
		if ( 0 === $size ) {
			return hash( 'sha256', '' );
		}
		if ( self::fits( $size ) ) {
			$bytes = stream_get_contents( $stream, $size );
			return is_string( $bytes ) && strlen( $bytes ) === $size ? self::of( $bytes ) : null;
		}
		$context = hash_init( 'sha256' );
		return hash_update_stream( $context, $stream, $size ) === $size ? hash_final( $context ) : null;
	}

	private static function of( string $bytes ): string {
		$hex = openssl_digest( $bytes, 'sha256' );
		return is_string( $hex ) ? $hex : hash( 'sha256', $bytes );
	}

	private static function fits( int $size ): bool {
		if ( $size > self::MAX_WHOLE_BYTES || ! function_exists( 'openssl_digest' ) ) {
			return false;
		}
		$limit = wp_convert_hr_to_bytes( (string) ini_get( 'memory_limit' ) );
		return $limit <= 0 || $size <= ( $limit - memory_get_usage() ) / self::MEMORY_SHARES;
	}
}
