<?php
/**
 * WordPress's own file access, except that maintenance is ours.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

require_once ABSPATH . 'wp-admin/includes/class-wp-filesystem-base.php';
require_once ABSPATH . 'wp-admin/includes/class-wp-filesystem-direct.php';

/**
 * Core's upgrader writes `.maintenance` and removes it before health is known, and before the
 * database is upgraded: a visitor in that gap would lose what a restored database does not have.
 */
final class Steady_Filesystem extends \WP_Filesystem_Direct {
	/**
	 * @param string       $file     Path.
	 * @param string       $contents What to write.
	 * @param int|bool     $mode     Of the file.
	 */
	public function put_contents( $file, $contents, $mode = false ) {
		return '.maintenance' === basename( (string) $file ) || parent::put_contents( $file, $contents, $mode );
	}

	/**
	 * @param string       $file      Path.
	 * @param bool         $recursive Whether with all below.
	 * @param string|false $type      `f` or `d`.
	 */
	public function delete( $file, $recursive = false, $type = false ) {
		return '.maintenance' === basename( (string) $file ) || parent::delete( $file, $recursive, $type );
	}

	/**
	 * Takes the place of WordPress's own, just before it is used.
	 *
	 * @param mixed $reply Of the filter `upgrader_pre_download`; unchanged.
	 * @return mixed
	 */
	public static function install( $reply ) {
		global $wp_filesystem;
		if ( $wp_filesystem instanceof \WP_Filesystem_Direct ) {
			$wp_filesystem = new self( null );
		}
		return $reply;
	}
}
