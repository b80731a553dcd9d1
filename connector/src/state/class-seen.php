<?php
/**
 * Queries that were answered already.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

defined( 'ABSPATH' ) || exit;

/**
 * A `jti` is accepted once, and remembered until its message is dead anyway.
 */
final class Seen {
	/** Records a message; false when it was here before. */
	public static function first_time( string $jti, int $exp, int $now ): bool {
		$db = Database::wpdb();
		$db->query( $db->prepare( 'DELETE FROM ' . Database::seen() . ' WHERE exp < %d', $now ) );
		return 1 === Database::attempt( $db->prepare( 'INSERT INTO ' . Database::seen() . ' (jti, exp) VALUES (%s, %d)', $jti, $exp ) );
	}
}
