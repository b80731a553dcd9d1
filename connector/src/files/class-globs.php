<?php
/**
 * The `volatile` globs: `*` within a name, `**` across, nothing else.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Files;

defined( 'ABSPATH' ) || exit;

/**
 * Paths are relative to wp-content: `plugins/shop/cache/page.html`.
 */
final class Globs {
	/** @var string[] Patterns as regular expressions. */
	private $patterns;

	/**
	 * @param string[] $globs From the plan or the query.
	 */
	public function __construct( array $globs ) {
		$this->patterns = array_map( array( self::class, 'pattern' ), $globs );
	}

	public function match( string $path ): bool {
		foreach ( $this->patterns as $pattern ) {
			if ( 1 === preg_match( $pattern, $path ) ) {
				return true;
			}
		}
		return false;
	}

	private static function pattern( string $glob ): string {
		$parts = preg_split( '/(\*\*|\*)/', $glob, -1, PREG_SPLIT_DELIM_CAPTURE );
		$regex = '';
		foreach ( (array) $parts as $part ) {
			$regex .= '**' === $part ? '.*' : ( '*' === $part ? '[^/]*' : preg_quote( (string) $part, '~' ) );
		}
		return '~^' . $regex . '$~sD';
	}
}
