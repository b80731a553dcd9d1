<?php
/**
 * Plain work on folders, without WordPress's filesystem layer: where that is not `direct`, nothing
 * here is ever called.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Files;

defined( 'ABSPATH' ) || exit;

/**
 * Lists, removes and moves. Links are never followed.
 */
final class Folder {
	/**
	 * Everything below a folder in byte order of its path, `/`-separated: `file`, `dir`, or `link`.
	 *
	 * @return array<string, string>|null Null when a part cannot be read.
	 */
	public static function list_all( string $folder ): ?array {
		$found = array();
		if ( ! self::collect( $folder, '', $found ) ) {
			return null;
		}
		ksort( $found, SORT_STRING );
		return $found;
	}

	/**
	 * Removes a file, a link or a folder with all below it; true when nothing is left.
	 */
	public static function remove( string $path ): bool {
		if ( is_link( $path ) || is_file( $path ) ) {
			return @unlink( $path ) || ! file_exists( $path );
		}
		if ( ! is_dir( $path ) ) {
			return true;
		}
		foreach ( (array) scandir( $path ) as $name ) {
			if ( '.' !== $name && '..' !== $name ) {
				self::remove( $path . '/' . $name );
			}
		}
		return @rmdir( $path );
	}

	/**
	 * Makes a folder that only the web server's user may enter; true when it is there.
	 */
	public static function make( string $folder ): bool {
		return is_dir( $folder ) || @mkdir( $folder, 0700, true ) || is_dir( $folder );
	}

	/** Bytes of all files below a folder, or of one file. */
	public static function size( string $path ): int {
		if ( ! is_dir( $path ) ) {
			return (int) @filesize( $path );
		}
		$bytes = 0;
		foreach ( (array) self::list_all( $path ) as $name => $type ) {
			$bytes += 'file' === $type ? (int) filesize( $path . '/' . $name ) : 0;
		}
		return $bytes;
	}

	/**
	 * Writes a whole file or nothing: readers see the old text or the new one.
	 */
	public static function write( string $path, string $text ): bool {
		$draft = $path . '.' . bin2hex( random_bytes( 6 ) ) . '.tmp';
		if ( strlen( $text ) !== @file_put_contents( $draft, $text ) ) {
			@unlink( $draft );
			return false;
		}
		@chmod( $draft, 0600 );
		return @rename( $draft, $path );
	}

	/** Makes PHP forget compiled files below a folder, so that restored ones count at once. */
	public static function forget_compiled( string $folder ): void {
		clearstatcache();
		if ( ! function_exists( 'opcache_invalidate' ) ) {
			return;
		}
		foreach ( (array) self::list_all( $folder ) as $name => $type ) {
			if ( 'file' === $type && '.php' === substr( (string) $name, -4 ) ) {
				@opcache_invalidate( $folder . '/' . $name, true );
			}
		}
	}

	/**
	 * @param array<string, string> $found What was found so far.
	 */
	private static function collect( string $folder, string $below, array &$found ): bool {
		$names = @scandir( $folder );
		if ( false === $names ) {
			return false;
		}
		foreach ( $names as $name ) {
			if ( '.' === $name || '..' === $name ) {
				continue;
			}
			$path = $folder . '/' . $name;
			$type = is_link( $path ) ? 'link' : ( is_dir( $path ) ? 'dir' : 'file' );

			$found[ $below . $name ] = $type;
			if ( 'dir' === $type && ! self::collect( $path, $below . $name . '/', $found ) ) {
				return false;
			}
		}
		return true;
	}
}
