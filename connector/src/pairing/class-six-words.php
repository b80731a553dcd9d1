<?php
/**
 * Six words that two people compare.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Pairing;

defined( 'ABSPATH' ) || exit;

/**
 * The first 66 bits of a text's SHA-256, eleven a word, in the English words of BIP-39.
 */
final class Six_Words {
	private const COUNT = 6;
	private const BITS  = 11;

	public static function of( string $text ): string {
		$list = require dirname( __DIR__ ) . '/words.php';
		$bits = '';
		foreach ( str_split( hash( 'sha256', $text, true ) ) as $byte ) {
			$bits .= sprintf( '%08b', ord( $byte ) );
		}
		$words = array();
		foreach ( str_split( substr( $bits, 0, self::COUNT * self::BITS ), self::BITS ) as $place ) {
			$words[] = $list[ bindec( $place ) ];
		}
		return implode( ' ', $words );
	}
}
