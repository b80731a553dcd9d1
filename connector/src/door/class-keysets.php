<?php
/**
 * Verified key-sets.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Door;

use Countersign\Answer\Speaker;
use Countersign\Protocol\Verdict;
use Countersign\State\Log_Head;
use Countersign\State\Trust;

defined( 'ABSPATH' ) || exit;

/**
 * Exactly the next version, or the first version of the next generation, replaces what is pinned:
 * tokens of the keys that it leaves out are refused from the next request on.
 */
final class Keysets {
	/**
	 * Takes a key-set and greets under it.
	 *
	 * @return array{token: string, detail: string}|null Null for a set that does not follow the pinned one.
	 */
	public static function answer( Trust $trust, Verdict $verdict ): ?array {
		$next = $trust->is_followed_by( $verdict->claims ) ? $trust->replace_keys( $verdict->claims ) : null;
		if ( null === $next ) {
			return null;
		}
		if ( 1 === $verdict->claims['kver'] ) {
			Log_Head::forget(); // A new generation has a new log key, and begins at size 0.
		}
		return ( new Speaker( $next ) )->evidence( $verdict->digest, 'hello', array( 'time' => time() ) );
	}
}
