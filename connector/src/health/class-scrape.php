<?php
/**
 * Core's own protocol for asking a page whether it came to its end without an error.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Health;

defined( 'ABSPATH' ) || exit;

/**
 * One random key for one round of probes: what a cache kept from an earlier round does not count.
 */
final class Scrape {
	/** @var string */
	private $key;

	/** @var string */
	private $nonce;

	private function __construct( string $key, string $nonce ) {
		$this->key   = $key;
		$this->nonce = $nonce;
	}

	/** Begins a round that takes at most so many seconds. */
	public static function begin( int $seconds ): self {
		$scrape = new self( bin2hex( random_bytes( 16 ) ), bin2hex( random_bytes( 8 ) ) );
		set_transient( 'scrape_key_' . $scrape->key, $scrape->nonce, $seconds );
		return $scrape;
	}

	public function end(): void {
		delete_transient( 'scrape_key_' . $this->key );
	}

	/** @return array<string, string> Arguments of the request. */
	public function arguments(): array {
		return array(
			'wp_scrape_key'   => $this->key,
			'wp_scrape_nonce' => $this->nonce,
		);
	}

	/** @return mixed True for no error, an array that describes one, null where the page says neither. */
	public function said( string $body ) {
		$found = preg_match( "/wp_scraping_result_start:$this->key ######(.*?)###### wp_scraping_result_end:$this->key/s", $body, $match );
		return 1 === $found ? json_decode( trim( $match[1] ), true ) : null;
	}
}
