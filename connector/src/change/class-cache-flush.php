<?php
/**
 * `cache.flush`: empties caches.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress's object cache, compiled PHP, and the page caches that have a public way to be emptied.
 */
final class Cache_Flush extends Rowed_Step {
	private const FUNCTIONS = array( 'rocket_clean_domain', 'w3tc_flush_all', 'wp_cache_clear_cache', 'wpfc_clear_all_cache', 'sg_cachepress_purge_cache' );
	private const ACTIONS   = array( 'litespeed_purge_all', 'cache_enabler_clear_complete_cache', 'breeze_clear_all_cache' );

	/** @var bool */
	private $flushed = false;

	public function is_done(): bool {
		return $this->flushed;
	}

	public function refusal(): string {
		return '';
	}

	public function options(): array {
		return array();
	}

	public function execute( string $file ): string {
		wp_cache_flush();
		foreach ( array_filter( self::FUNCTIONS, 'function_exists' ) as $flush ) {
			$flush();
		}
		foreach ( self::ACTIONS as $action ) {
			do_action( $action );
		}
		if ( function_exists( 'opcache_reset' ) ) {
			@opcache_reset();
		}
		$this->flushed = true;
		return '';
	}
}
