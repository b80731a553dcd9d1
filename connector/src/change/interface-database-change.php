<?php
/**
 * A change that may upgrade the database.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * Before it runs, the database is copied where that fits.
 */
interface Database_Change extends Change {
	/**
	 * Whether the package wants another database than the one that is live.
	 *
	 * @param string $file The verified package.
	 */
	public function upgrades_database( string $file ): bool;
}
