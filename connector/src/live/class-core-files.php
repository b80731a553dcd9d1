<?php
/**
 * WordPress itself, read from disk.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Live;

use Countersign\Files\Folder;
use Countersign\Files\Tree;

defined( 'ABSPATH' ) || exit;

/**
 * Core is what stands in wp-admin, wp-includes, and the files of its own beside them; wp-config.php
 * and wp-content are not.
 */
final class Core_Files {
	private const FOLDERS = array( 'wp-admin', 'wp-includes' );
	private const ROOT    = '/^(index\.php|license\.txt|readme\.html|xmlrpc\.php|wp-[a-z-]+\.php)$/D';
	private const NOT     = array( 'wp-config.php' );

	/** The version that the files name, not the one that is loaded. */
	public static function version(): string {
		return self::named( 'wp_version' );
	}

	/** The database version that the files want. */
	public static function db_version(): string {
		return self::named( 'wp_db_version' );
	}

	/** Whether two versions differ in their patch alone. */
	public static function is_same_branch( string $one, string $other ): bool {
		$branch = static fn( string $version ): string => implode( '.', array_slice( explode( '.', $version ), 0, 2 ) );
		return 1 === preg_match( '/^[0-9]+\.[0-9]+/', $one ) && $branch( $one ) === $branch( $other );
	}

	/** @return string[] Absolute paths of core's folders and files. */
	public static function paths(): array {
		$paths = array();
		foreach ( self::FOLDERS as $folder ) {
			$paths[] = ABSPATH . $folder;
		}
		foreach ( (array) scandir( ABSPATH ) as $name ) {
			if ( 1 === preg_match( self::ROOT, (string) $name ) && ! in_array( $name, self::NOT, true ) && is_file( ABSPATH . $name ) ) {
				$paths[] = ABSPATH . $name;
			}
		}
		return $paths;
	}

	/** @return array{target: string, version: string|null, state: string, tree: string} */
	public static function state(): array {
		return array(
			'target'  => 'core',
			'version' => Targets::version( self::version() ),
			'state'   => 'active',
			'tree'    => self::tree(),
		);
	}

	private static function tree(): string {
		$files = array();
		foreach ( self::paths() as $path ) {
			$name = basename( $path );
			if ( is_file( $path ) ) {
				$files[] = $name;
				continue;
			}
			foreach ( (array) Folder::list_all( $path ) as $below => $type ) {
				if ( 'link' === $type ) {
					return Tree::UNKNOWN;
				}
				if ( 'file' === $type ) {
					$files[] = $name . '/' . $below;
				}
			}
		}
		sort( $files, SORT_STRING );
		return Tree::of_lines( rtrim( ABSPATH, '/' ), $files );
	}

	private static function named( string $variable ): string {
		$text = (string) file_get_contents( ABSPATH . WPINC . '/version.php' );
		return 1 === preg_match( '/^\$' . $variable . ' = \'?([0-9.]+)[^;]*;/m', $text, $match ) ? $match[1] : '';
	}
}
