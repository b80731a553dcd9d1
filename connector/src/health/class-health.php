<?php
/**
 * Is the site well?
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Health;

defined( 'ABSPATH' ) || exit;

/**
 * The pages that every WordPress has, and those that the site's file lists.
 */
final class Health {
	/**
	 * Probes all pages; stops at none.
	 *
	 * @param array<int, array{path: string, status: int, text: string|null}> $pages From the plan.
	 * @return array<int, array{path: string, ok: bool, status: int, why: string, ms: int}>
	 */
	public static function probe( array $pages ): array {
		$probes = array(
			new Probe( '/', 200, '</html>' ),
			Probe::of_core( '/wp-login.php', 200, '</html>' ),
			Probe::of_core( '/wp-admin/admin-ajax.php', 400 ),
			new Probe( '/index.php?rest_route=/', 200, '"namespaces"' ),
		);
		foreach ( $pages as $page ) {
			$probes[] = new Probe( $page['path'], $page['status'], (string) $page['text'] );
		}
		$scrape  = Scrape::begin( count( $probes ) * Probe::TIMEOUT_SECONDS );
		$results = array();
		foreach ( $probes as $probe ) {
			$results[] = $probe->run( $scrape );
		}
		$scrape->end();
		return $results;
	}

	/** @param array<int, array{ok: bool}> $results As `probe()` gives them. */
	public static function is_good( array $results ): bool {
		return array() !== $results && ! in_array( false, array_column( $results, 'ok' ), true );
	}
}
