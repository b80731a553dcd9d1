<?php
/**
 * What desired state manages here, as the control plane last said.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Plan\Site_Plan;
use Countersign\Protocol\Canonical_Json;

defined( 'ABSPATH' ) || exit;

/**
 * Learned from signed inventory queries, the newest one counting, and from the plans that were
 * applied here since. Forgotten at unpairing, with everything else.
 */
final class Managed {
	private const FACT        = 'managed';
	private const MEMBERS     = array( 'autoPatch', 'managed', 'volatile' );
	private const MAX_TARGETS = 2000;
	private const TARGET      = '~^(core|connector|(plugins|themes)/[a-z0-9]([a-z0-9_-]{0,98}[a-z0-9])?)$~D';

	/**
	 * Reads the `arg` of an inventory query: a list of `volatile` globs, or those with what is managed.
	 *
	 * @param string $arg RFC 8785 text.
	 * @return array{globs: \Countersign\Files\Globs, managed: string|null}|null Null for another form.
	 */
	public static function parse( string $arg ): ?array {
		$value   = Canonical_Json::decode( $arg );
		$managed = null;
		if ( is_array( $value ) && array_keys( $value ) === self::MEMBERS ) {
			if ( ! is_bool( $value['autoPatch'] ) || ! self::are_targets( $value['managed'] ) ) {
				return null;
			}
			$managed = Canonical_Json::encode(
				array(
					'autoPatch' => $value['autoPatch'],
					'managed'   => $value['managed'],
				)
			);
			$value   = $value['volatile'];
		}
		$globs = Site_Plan::globs( $value );
		return null === $globs ? null : array(
			'globs'   => $globs,
			'managed' => $managed,
		);
	}

	/**
	 * Remembers what a query said, unless a younger one has spoken.
	 *
	 * @param string $managed As `parse()` gave it.
	 * @param int    $at      When the query was signed.
	 */
	public static function learn( string $managed, int $at ): void {
		Facts::raise( self::FACT, $at, $managed );
	}

	/** Whether desired state, or a plan applied since it was told, names this target. */
	public static function has( string $target ): bool {
		$fact = Facts::get( self::FACT );
		return in_array( $target, Ledger::targets( null === $fact ? 0 : $fact['num'] ), true )
			|| ( null !== $fact && in_array( $target, (array) ( self::said( $fact )['managed'] ?? array() ), true ) );
	}

	/** Whether WordPress's own security releases stay on: a newer patch is then no drift. */
	public static function leaves_patches(): bool {
		$fact = Facts::get( self::FACT );
		return null !== $fact && true === ( self::said( $fact )['autoPatch'] ?? false );
	}

	/** @return array<string, mixed> */
	private static function said( array $fact ): array {
		return (array) Canonical_Json::decode( $fact['body'] );
	}

	private static function are_targets( $value ): bool {
		if ( ! is_array( $value ) || count( $value ) > self::MAX_TARGETS || array_keys( $value ) !== array_keys( array_values( $value ) ) ) {
			return false;
		}
		$bad = array_filter( $value, static fn( $target ): bool => ! is_string( $target ) || 1 !== preg_match( self::TARGET, $target ) );
		return array() === $bad && count( array_unique( $value ) ) === count( $value );
	}
}
