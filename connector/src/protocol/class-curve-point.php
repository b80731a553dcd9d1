<?php
/**
 * Just enough Edwards curve arithmetic to tell whether a public key is in the prime-order subgroup.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Field elements are lists of 16 limbs of 16 bits, as in TweetNaCl. Not constant time: it only ever
 * sees public keys. libsodium's own test lets points with a component of order 2 pass
 * (CVE-2025-69277), therefore this one.
 */
final class Curve_Point {
	private const D      = 'a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352';
	private const ROOT   = 'b0a00e4a271beec478e42fad0618432fa7d7fb3d99004d2b0bdfc14f8024832b';
	private const ORDER  = '1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed';
	private const ONE    = array( 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 );
	private const ZERO   = array( 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 );
	private const PRIME0 = 0xffed;

	/**
	 * Whether 32 bytes are a point of the curve whose order is exactly the group's prime (or one).
	 */
	public static function in_prime_subgroup( string $bytes ): bool {
		$point = self::decompress( $bytes );
		if ( null === $point ) {
			return false;
		}
		$product = self::times_order( $point );
		return self::equal( $product[0], self::ZERO ) && self::equal( $product[1], $product[2] );
	}

	/**
	 * @return array{0: int[], 1: int[], 2: int[], 3: int[]}|null Extended coordinates; the sign of x does not matter here.
	 */
	private static function decompress( string $bytes ): ?array {
		$y      = self::unpack( $bytes );
		$square = self::multiply( $y, $y );
		$top    = self::subtract( $square, self::ONE );
		$bottom = self::add( self::multiply( $square, self::constant( self::D ) ), self::ONE );
		$cube   = self::multiply( self::multiply( $bottom, $bottom ), $bottom );
		$power  = self::multiply( self::multiply( $cube, $cube ), self::multiply( $bottom, $top ) );
		$x      = self::multiply( self::multiply( self::power_2523( $power ), $cube ), $top );
		if ( ! self::equal( self::multiply( self::multiply( $x, $x ), $bottom ), $top ) ) {
			$x = self::multiply( $x, self::constant( self::ROOT ) );
		}
		if ( ! self::equal( self::multiply( self::multiply( $x, $x ), $bottom ), $top ) ) {
			return null;
		}
		return array( $x, $y, self::ONE, self::multiply( $x, $y ) );
	}

	/**
	 * @param array{0: int[], 1: int[], 2: int[], 3: int[]} $point Any point.
	 * @return array{0: int[], 1: int[], 2: int[], 3: int[]}
	 */
	private static function times_order( array $point ): array {
		$result = $point;
		$bits   = '';
		foreach ( str_split( self::ORDER ) as $digit ) {
			$bits .= sprintf( '%04b', hexdec( $digit ) );
		}
		$bits = substr( ltrim( $bits, '0' ), 1 );
		foreach ( str_split( $bits ) as $bit ) {
			$result = self::double_point( $result );
			if ( '1' === $bit ) {
				$result = self::add_points( $result, $point );
			}
		}
		return $result;
	}

	private static function double_point( array $p ): array {
		$a   = self::multiply( $p[0], $p[0] );
		$b   = self::multiply( $p[1], $p[1] );
		$c   = self::multiply( $p[2], $p[2] );
		$sum = self::add( $p[0], $p[1] );
		$e   = self::subtract( self::subtract( self::multiply( $sum, $sum ), $a ), $b );
		$g   = self::subtract( $b, $a );
		$f   = self::subtract( $g, self::add( $c, $c ) );
		$h   = self::subtract( self::subtract( self::ZERO, $a ), $b );
		return array( self::multiply( $e, $f ), self::multiply( $g, $h ), self::multiply( $f, $g ), self::multiply( $e, $h ) );
	}

	private static function add_points( array $p, array $q ): array {
		$d2 = self::constant( self::D );
		$a  = self::multiply( self::subtract( $p[1], $p[0] ), self::subtract( $q[1], $q[0] ) );
		$b  = self::multiply( self::add( $p[0], $p[1] ), self::add( $q[0], $q[1] ) );
		$c  = self::multiply( self::multiply( $p[3], $q[3] ), self::add( $d2, $d2 ) );
		$d  = self::multiply( $p[2], $q[2] );
		$d  = self::add( $d, $d );
		$e  = self::subtract( $b, $a );
		$f  = self::subtract( $d, $c );
		$g  = self::add( $d, $c );
		$h  = self::add( $b, $a );
		return array( self::multiply( $e, $f ), self::multiply( $h, $g ), self::multiply( $g, $f ), self::multiply( $e, $h ) );
	}

	/** Raises to (p - 5) / 8, which takes part in every square root of this field. */
	private static function power_2523( array $base ): array {
		$result = $base;
		for ( $bit = 250; $bit >= 0; $bit-- ) {
			$result = self::multiply( $result, $result );
			if ( 1 !== $bit ) {
				$result = self::multiply( $result, $base );
			}
		}
		return $result;
	}

	private static function multiply( array $a, array $b ): array {
		$t = array_fill( 0, 31, 0 );
		for ( $i = 0; $i < 16; $i++ ) {
			$limb = $a[ $i ];
			foreach ( $b as $j => $other ) {
				$t[ $i + $j ] += $limb * $other;
			}
		}
		for ( $i = 0; $i < 15; $i++ ) {
			$t[ $i ] += 38 * $t[ $i + 16 ];
		}
		return self::carry( self::carry( array_slice( $t, 0, 16 ) ) );
	}

	private static function carry( array $o ): array {
		for ( $i = 0; $i < 16; $i++ ) {
			$c        = $o[ $i ] >> 16;
			$o[ $i ] -= $c << 16;
			if ( 15 === $i ) {
				$o[0] += 38 * $c;
			} else {
				$o[ $i + 1 ] += $c;
			}
		}
		return $o;
	}

	private static function add( array $a, array $b ): array {
		foreach ( $b as $i => $limb ) {
			$a[ $i ] += $limb;
		}
		return $a;
	}

	private static function subtract( array $a, array $b ): array {
		foreach ( $b as $i => $limb ) {
			$a[ $i ] -= $limb;
		}
		return $a;
	}

	private static function equal( array $a, array $b ): bool {
		return self::reduce( $a ) === self::reduce( $b );
	}

	/** The one representative below p. */
	private static function reduce( array $value ): array {
		$value = self::carry( self::carry( self::carry( $value ) ) );
		for ( $round = 0; $round < 2; $round++ ) {
			$less   = array();
			$borrow = 0;
			for ( $i = 0; $i < 16; $i++ ) {
				$prime      = 0 === $i ? self::PRIME0 : ( 15 === $i ? 0x7fff : 0xffff );
				$difference = $value[ $i ] - $prime - $borrow;
				$borrow     = $difference < 0 ? 1 : 0;
				$less[ $i ] = $difference & 0xffff;
			}
			if ( 0 === $borrow ) {
				$value = $less;
			}
		}
		return $value;
	}

	private static function unpack( string $bytes ): array {
		$limbs      = array_values( (array) unpack( 'v16', $bytes ) );
		$limbs[15] &= 0x7fff;
		return $limbs;
	}

	private static function constant( string $hex ): array {
		static $known = array();
		if ( ! isset( $known[ $hex ] ) ) {
			$known[ $hex ] = self::unpack( (string) hex2bin( $hex ) );
		}
		return $known[ $hex ];
	}
}
