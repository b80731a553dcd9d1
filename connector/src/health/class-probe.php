<?php
/**
 * One request of the site to itself.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Health;

use Countersign\Action\Maintenance;

defined( 'ABSPATH' ) || exit;

/**
 * Healthy is only what proves itself: the expected status, a page that reached its end, and core's
 * own scrape marker saying that no error happened. No marker means unhealthy.
 */
final class Probe {
	public const TIMEOUT_SECONDS = 20;

	/** @var string */
	private $path;

	/** @var int */
	private $status;

	/** @var string */
	private $text;

	/** @var string The option that says what the path is below. */
	private $base = 'home';

	/**
	 * @param string $path   As people write it, `/shop/`.
	 * @param int    $status What the answer has to be.
	 * @param string $text   What the page has to hold; empty for nothing.
	 */
	public function __construct( string $path, int $status, string $text = '' ) {
		$this->path   = $path;
		$this->status = $status;
		$this->text   = $text;
	}

	/** A file of WordPress itself, which may have a folder of its own below the site's address. */
	public static function of_core( string $path, int $status, string $text = '' ): self {
		$probe       = new self( $path, $status, $text );
		$probe->base = 'siteurl';
		return $probe;
	}

	/** @return array{path: string, ok: bool, status: int, why: string, ms: int} */
	public function run( Scrape $scrape ): array {
		$start  = microtime( true );
		$reply  = wp_remote_get( $this->url( $scrape ), self::arguments() );
		$ms     = (int) round( ( microtime( true ) - $start ) * 1000 );
		$status = is_wp_error( $reply ) ? 0 : (int) wp_remote_retrieve_response_code( $reply );
		$why    = is_wp_error( $reply ) ? 'transport' : $this->fault( $status, (string) wp_remote_retrieve_body( $reply ), $scrape );
		return array(
			'path'   => $this->path,
			'ok'     => '' === $why,
			'status' => $status,
			'why'    => $why,
			'ms'     => $ms,
		);
	}

	private function url( Scrape $scrape ): string {
		return add_query_arg(
			$scrape->arguments() + array( Maintenance::PROBE_ARGUMENT => Maintenance::probe_key() ),
			untrailingslashit( (string) get_option( $this->base ) ) . $this->path
		);
	}

	/** @return array<string, mixed> */
	private static function arguments(): array {
		return array(
			'timeout'     => self::TIMEOUT_SECONDS,
			'redirection' => 0,
			'sslverify'   => false, // The site asks itself; many hosts terminate TLS elsewhere.
			'headers'     => array( 'Cache-Control' => 'no-cache' ),
			'cookies'     => array(),
		);
	}

	private function fault( int $status, string $body, Scrape $scrape ): string {
		$said = $scrape->said( $body );
		if ( is_array( $said ) ) {
			return self::place_of( $said );
		}
		if ( $status !== $this->status ) {
			return 'status';
		}
		if ( true !== $said ) {
			return 'no_marker';
		}
		return '' === $this->text || false !== strpos( $body, $this->text ) ? '' : 'text';
	}

	/** Where a fatal error happened, below the site's own folders; messages stay on the site. */
	private static function place_of( array $said ): string {
		$file  = wp_normalize_path( str_replace( ABSPATH, '', (string) ( $said['file'] ?? '' ) ) );
		$place = path_is_absolute( $file ) ? basename( $file ) : $file;
		return substr( 'fatal ' . preg_replace( '/[^ -~]/', '?', $place ) . ':' . (int) ( $said['line'] ?? 0 ), 0, 200 );
	}
}
