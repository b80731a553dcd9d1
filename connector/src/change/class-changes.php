<?php
/**
 * The closed list of changes.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Plan\Step;

defined( 'ABSPATH' ) || exit;

/**
 * No "run PHP", no SQL, no free option write.
 */
final class Changes {
	private const KINDS = array(
		'plugin.update' => Plugin_Update::class,
	);

	/** What a step is; null for kinds that this connector does not know. */
	public static function of( Step $step ): ?Change {
		$class = self::KINDS[ $step->kind ] ?? null;
		return null === $class ? null : new $class( $step );
	}
}
