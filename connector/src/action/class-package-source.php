<?php
/**
 * Where packages may come from, and fetching one.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Protocol\Digest;

defined( 'ABSPATH' ) || exit;

/**
 * Hosts are the connector's own list, never a message's: WordPress.org, and those that
 * `COUNTERSIGN_PACKAGE_ORIGINS` in wp-config.php names. No redirects; the size is capped while
 * reading and the digest is compared before anybody looks inside.
 */
final class Package_Source {
	private const ORIGINS         = array( 'https://downloads.wordpress.org' );
	private const MAX_BYTES       = 268435456;
	private const TIMEOUT_SECONDS = 60;

	/**
	 * Fetches a package to a file.
	 *
	 * @param array{bytes: int, sha256: string, url: string, version: string} $package From the plan.
	 * @return string A refusal code; empty when the file holds exactly these bytes.
	 */
	public static function fetch( array $package, string $file ): string {
		if ( ! self::is_allowed( $package['url'] ) || $package['bytes'] > self::MAX_BYTES ) {
			return 'not_allowed';
		}
		$reply = wp_remote_get(
			$package['url'],
			array(
				'timeout'             => self::TIMEOUT_SECONDS,
				'redirection'         => 0,
				'stream'              => true,
				'filename'            => $file,
				'decompress'          => false,
				'limit_response_size' => $package['bytes'] + 1,
				'reject_unsafe_urls'  => ! self::is_named_here( $package['url'] ),
			)
		);
		if ( is_wp_error( $reply ) || 200 !== (int) wp_remote_retrieve_response_code( $reply ) ) {
			return 'fetch_failed';
		}
		clearstatcache();
		return filesize( $file ) === $package['bytes'] && Digest::of_file( $file ) === $package['sha256'] ? '' : 'package_mismatch';
	}

	/** Whether the connector's own list allows a URL. */
	public static function is_allowed( string $url ): bool {
		$origin = self::origin( $url );
		return '' !== $origin && ( in_array( $origin, self::ORIGINS, true ) || self::is_named_here( $url ) );
	}

	/** A person at the site has named this origin; then it may also be a private address or plain http. */
	private static function is_named_here( string $url ): bool {
		if ( ! defined( 'COUNTERSIGN_PACKAGE_ORIGINS' ) || ! is_string( COUNTERSIGN_PACKAGE_ORIGINS ) ) {
			return false;
		}
		$named = array_map( 'untrailingslashit', array_map( 'trim', explode( ',', strtolower( COUNTERSIGN_PACKAGE_ORIGINS ) ) ) );
		return in_array( self::origin( $url ), array_filter( $named ), true );
	}

	private static function origin( string $url ): string {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || isset( $parts['user'] ) || isset( $parts['pass'] ) || empty( $parts['host'] ) || ! in_array( $parts['scheme'] ?? '', array( 'http', 'https' ), true ) ) {
			return '';
		}
		return strtolower( $parts['scheme'] . '://' . $parts['host'] . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' ) );
	}
}
