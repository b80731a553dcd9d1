<?php
/**
 * Core's theme upgrader, except that maintenance is ours.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';

/**
 * Core would end maintenance before health is known.
 */
final class Quiet_Theme_Upgrader extends \Theme_Upgrader {
	/**
	 * @param bool $enable Not looked at.
	 */
	public function maintenance_mode( $enable = false ): void {}
}
