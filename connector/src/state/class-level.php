<?php
/**
 * The containment level that the control plane has set for this site.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

defined( 'ABSPATH' ) || exit;

/**
 * The level with the highest log index wins, in whatever order messages arrive.
 */
final class Level {
	public const NORMAL = 'normal';

	private const FACT = 'level';

	public static function now(): string {
		$fact = Facts::get( self::FACT );
		return null === $fact ? self::NORMAL : $fact['body'];
	}

	/**
	 * Keeps the level of a verified message. An equal index with another level changes nothing.
	 *
	 * @param array<string, mixed> $claims Verified claims.
	 */
	public static function learn( array $claims ): void {
		Facts::raise( self::FACT, $claims['lvx'] + 1, $claims['lvl'] );
	}

	/** A new epoch has no level of its own yet. */
	public static function forget(): void {
		Facts::forget( self::FACT );
	}

	/** Whether the level lets an action of this mode run. */
	public static function allows( string $mode ): bool {
		return self::NORMAL === self::now() || 'apply' !== $mode;
	}
}
