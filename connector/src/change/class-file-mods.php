<?php
/**
 * Whether WordPress may change files here.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * Does what an update does to a folder, instead of asking whether it is writable.
 */
final class File_Mods {
	/** A refusal code; empty when folders below this one can be swapped. */
	public static function refusal( string $above ): string {
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$may = wp_is_file_mod_allowed( 'countersign' ) && 'direct' === get_filesystem_method() && self::can_swap( $above );
		return $may ? '' : 'not_ready';
	}

	/** Makes, renames and removes a folder there. */
	public static function can_swap( string $above ): bool {
		$folder = $above . '/.countersign-' . bin2hex( random_bytes( 6 ) );
		$moved  = $folder . '-moved';
		$could  = @mkdir( $folder ) && @rename( $folder, $moved );
		return @rmdir( $could ? $moved : $folder ) && $could;
	}
}
