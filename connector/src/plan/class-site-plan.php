<?php
/**
 * A site's plan: the exact text that reviewers approved.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Plan;

use Countersign\Files\Globs;
use Countersign\Protocol\Canonical_Json;

defined( 'ABSPATH' ) || exit;

/**
 * Ordered steps, pages that have to answer, and paths that do not count.
 */
final class Site_Plan {
	private const MEMBERS = array( 'health', 'steps', 'version', 'volatile' );
	private const PAGE    = array( 'path', 'status', 'text' );

	/** @var Step[] */
	public $steps = array();

	/** @var array<int, array{path: string, status: int, text: string|null}> */
	public $health = array();

	/** @var Globs */
	public $volatile;

	/**
	 * Reads a plan; null for a text that is not RFC 8785 or has another shape.
	 */
	public static function parse( string $text ): ?self {
		$value = Canonical_Json::decode( $text );
		if ( null === $value || array_keys( $value ) !== self::MEMBERS || 1 !== $value['version'] ) {
			return null;
		}
		if ( ! self::is_list( $value['steps'], 500 ) || ! self::is_list( $value['health'], 20 ) ) {
			return null;
		}
		$plan           = new self();
		$plan->volatile = self::globs( $value['volatile'] );
		$plan->health   = $value['health'];
		foreach ( $value['steps'] as $member ) {
			$step = Step::of( $member );
			if ( null === $step ) {
				return null;
			}
			$plan->steps[] = $step;
		}
		$pages = array_filter( $plan->health, array( self::class, 'is_page' ) );
		return null === $plan->volatile || count( $pages ) !== count( $plan->health ) ? null : $plan;
	}

	/**
	 * Reads `volatile` globs; null for what is no list of them.
	 *
	 * @param mixed $value A list of texts.
	 */
	public static function globs( $value ): ?Globs {
		if ( ! self::is_list( $value, 50 ) ) {
			return null;
		}
		foreach ( $value as $glob ) {
			if ( ! is_string( $glob ) || strlen( $glob ) > 800 ) {
				return null;
			}
		}
		return new Globs( $value );
	}

	/** @return string[] Each target once, in the order of the steps. */
	public function targets(): array {
		return array_values( array_unique( array_column( $this->steps, 'target' ) ) );
	}

	private static function is_list( $value, int $most ): bool {
		return is_array( $value ) && count( $value ) <= $most && array_keys( $value ) === array_keys( array_values( $value ) );
	}

	private static function is_page( $page ): bool {
		return is_array( $page ) && array_keys( $page ) === self::PAGE
			&& is_string( $page['path'] ) && strlen( $page['path'] ) <= 500 && 1 === preg_match( '~^/[^\s#]*$~D', $page['path'] )
			&& is_int( $page['status'] ) && $page['status'] >= 100 && $page['status'] <= 599
			&& ( null === $page['text'] || ( is_string( $page['text'] ) && strlen( $page['text'] ) <= 800 ) );
	}
}
