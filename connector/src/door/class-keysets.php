<?php
/**
 * Verified key-sets.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Door;

use Countersign\Answer\Speaker;
use Countersign\Protocol\Token_Verifier;
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
		$next = self::take( $trust, $verdict->claims );
		return null === $next ? null : ( new Speaker( $next ) )->evidence( $verdict->digest, 'hello', array( 'time' => time() ) );
	}

	/**
	 * Takes a key-set that came beside an ack, before the ack is judged: the new keys sign that one
	 * already. What was taken before, or does not verify, changes nothing.
	 *
	 * @return Trust Whom this site believes from here on.
	 */
	public static function take_beside( Trust $trust, string $token ): Trust {
		$facts   = array(
			'iss'   => $trust->control_plane(),
			'aud'   => $trust->party(),
			'epoch' => $trust->epoch(),
			'now'   => time(),
		);
		$verdict = ( new Token_Verifier( $trust->keys(), $facts ) )->verify( 'keyset', $token, array() );
		$next    = $verdict->is_accepted() ? self::take( $trust, $verdict->claims ) : null;
		return $next ?? $trust;
	}

	/** @param array<string, mixed> $set Verified claims. */
	private static function take( Trust $trust, array $set ): ?Trust {
		$next = $trust->is_followed_by( $set ) ? $trust->replace_keys( $set ) : null;
		if ( null !== $next && 1 === $set['kver'] ) {
			Log_Head::forget(); // A new generation has a new log key, and begins at size 0.
		}
		return $next;
	}
}
