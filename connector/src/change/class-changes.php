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
		'connector.update'  => Connector_Update::class,
		'core.update'       => Core_Update::class,
		'plugin.install'    => Plugin_Install::class,
		'plugin.update'     => Plugin_Update::class,
		'plugin.activate'   => Plugin_Activate::class,
		'plugin.deactivate' => Plugin_Deactivate::class,
		'plugin.delete'     => Plugin_Delete::class,
		'theme.install'     => Theme_Install::class,
		'theme.update'      => Theme_Update::class,
		'theme.activate'    => Theme_Activate::class,
		'theme.delete'      => Theme_Delete::class,
		'option.set'        => Option_Set::class,
		'maintenance.set'   => Maintenance_Set::class,
		'cache.flush'       => Cache_Flush::class,
	);

	/** What a step is; null for kinds that this connector does not know. */
	public static function of( Step $step ): ?Change {
		$class = self::KINDS[ $step->kind ] ?? null;
		return null === $class ? null : new $class( $step );
	}
}
