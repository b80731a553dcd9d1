<?php
/**
 * Plugin Name:       Countersign
 * Description:       Runs changes that were planned, reviewed and signed in your control repository; checks the site's health and puts it back by itself when it is hurt.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       countersign
 * Domain Path:       /languages
 *
 * @package Countersign
 */

declare(strict_types=1);

defined( 'ABSPATH' ) || exit;

define( 'COUNTERSIGN_VERSION', '0.1.0' );
define( 'COUNTERSIGN_FILE', __FILE__ );

require_once __DIR__ . '/src/autoload.php';

Countersign\Connector::start();
