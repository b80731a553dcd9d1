<?php
/**
 * From whom, for whom, and when.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * What is asked of every kind of token once its claims are known to be of their types.
 */
final class Envelope {
	/**
	 * The first of `typ, iss, aud, epoch, time` that fails.
	 *
	 * @param array<string, mixed> $claims Claims that fit the kind.
	 * @param array<string, mixed> $facts  `iss`, `aud`, `now`, and for kinds with an epoch `epoch`.
	 */
	public static function fault( string $kind, string $typ, array $claims, array $facts ): ?string {
		if ( Claims::typ( $kind ) !== $typ ) {
			return 'typ';
		}
		foreach ( array( 'iss', 'aud' ) as $name ) {
			if ( $claims[ $name ] !== $facts[ $name ] ) {
				return $name;
			}
		}
		if ( in_array( 'epoch', Claims::names( $kind ), true ) && ( $facts['epoch'] ?? null ) !== $claims['epoch'] ) {
			return 'epoch';
		}
		return self::is_in_time( $claims, $facts['now'] ) ? null : 'time';
	}

	private static function is_in_time( array $claims, int $now ): bool {
		$limits = Claims::limits();
		if ( $claims['iat'] > $now + $limits['skew_seconds'] ) {
			return false;
		}
		if ( ! isset( $claims['exp'] ) ) {
			return true;
		}
		$lifetime = $claims['exp'] - $claims['iat'];
		return $lifetime > 0 && $lifetime <= $limits['lifetime_seconds'] && $now < $claims['exp'];
	}
}
