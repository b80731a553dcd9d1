<?php
/**
 * Leaves nothing behind.
 *
 * @package Countersign
 */

declare(strict_types=1);

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

define( 'COUNTERSIGN_FILE', __DIR__ . '/countersign.php' );

require_once __DIR__ . '/src/autoload.php';

Countersign\Pairing\Pin::unpin();
