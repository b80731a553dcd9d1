<?php
/**
 * Reads restore points back: part of the dead-man's switch, and complete in itself like it.
 *
 * @package Countersign
 */

declare(strict_types=1);

defined( 'ABSPATH' ) || defined( 'DB_NAME' ) || exit;

if ( ! class_exists( 'Countersign_Archive', false ) ) {

	/**
	 * Archives as the connector writes them, stored only, and the digests of what they hold.
	 */
	final class Countersign_Archive {
		/** The tree's digest of what an archive of the connector's own holds; null where it is damaged. */
		public static function stored_tree( string $zip ): ?string {
			$handle = @fopen( $zip, 'rb' );
			$hashes = array();
			while ( false !== $handle && "PK\x03\x04" === fread( $handle, 4 ) ) {
				list( $name, $head ) = self::entry( $handle );
				$context             = hash_init( 'sha256' );
				if ( $head['size'] > 0 && hash_update_stream( $context, $handle, $head['size'] ) !== $head['size'] ) {
					return null;
				}
				if ( '/' !== substr( $name, -1 ) ) {
					$hashes[ $name ] = hash_final( $context );
				}
			}
			return self::tree_of( $hashes );
		}

		/** Unpacks a store-only archive of the connector's own and compares the tree. */
		public static function unpack( string $zip, string $folder, array $part ): bool {
			$handle = @fopen( $zip, 'rb' );
			if ( false === $handle || ! @mkdir( $folder, 0755, true ) ) {
				return false;
			}
			$modes = array();
			while ( "PK\x03\x04" === fread( $handle, 4 ) ) {
				list( $name, $head ) = self::entry( $handle );
				if ( 0 !== $head['method'] || 0 !== $head['extra'] || 1 === preg_match( '~^/|(^|/)\.\.?(/|$)~', $name ) ) {
					return false;
				}
				$path = $folder . '/' . rtrim( $name, '/' );
				if ( ! is_dir( dirname( $path ) ) && ! @mkdir( dirname( $path ), 0755, true ) ) {
					return false;
				}
				$modes[ $path ] = $name;
				if ( '/' === substr( $name, -1 ) ? ! ( is_dir( $path ) || @mkdir( $path, 0755 ) ) : ! self::copy_bytes( $handle, $path, $head['size'] ) ) {
					return false;
				}
			}
			fclose( $handle );
			self::set_modes( $modes, array_column( $part['modes'], 'mode', 'name' ) );
			return self::tree( $part['single'] ? $folder . '/' . basename( $part['path'] ) : $folder ) === $part['tree'];
		}

		/**
		 * @param resource $handle An open archive behind the mark of an entry.
		 * @return array{0: string, 1: array<string, int>} The entry's name and header.
		 */
		private static function entry( $handle ): array {
			$head = (array) unpack( 'vneeds/vflags/vmethod/Vtime/Vcrc/Vpacked/Vsize/vname/vextra', (string) fread( $handle, 26 ) );
			return array( (string) fread( $handle, $head['name'] ), $head );
		}

		/** @param resource $handle An open archive at an entry's data. */
		private static function copy_bytes( $handle, string $path, int $size ): bool {
			$target = @fopen( $path, 'wb' );
			$copied = false === $target ? -1 : ( 0 === $size ? 0 : stream_copy_to_stream( $handle, $target, $size ) );
			return false !== $target && fclose( $target ) && $copied === $size;
		}

		/** Deepest first, so that a folder without write permission gets its mode last. */
		private static function set_modes( array $paths, array $modes ): void {
			krsort( $paths, SORT_STRING );
			foreach ( $paths as $path => $name ) {
				@chmod( (string) $path, (int) ( $modes[ $name ] ?? ( '/' === substr( $name, -1 ) ? 0755 : 0644 ) ) );
			}
		}

		/** The tree's digest (docs/protocol.md); null where there is nothing, `unknown` with a link in it. */
		public static function tree( string $path ): ?string {
			clearstatcache();
			if ( ! file_exists( $path ) ) {
				return null;
			}
			$files = is_file( $path ) ? array( basename( $path ) => true ) : self::files( $path, '' );
			$base  = is_file( $path ) ? dirname( $path ) : $path;
			if ( null === $files ) {
				return 'unknown';
			}
			foreach ( array_keys( $files ) as $name ) {
				$files[ $name ] = hash_file( 'sha256', $base . '/' . $name );
			}
			return self::tree_of( $files );
		}

		/** @param array<string, string|false> $hashes Hex digests of files by path. */
		private static function tree_of( array $hashes ): string {
			ksort( $hashes, SORT_STRING );
			$context = hash_init( 'sha256' );
			foreach ( $hashes as $name => $hash ) {
				hash_update( $context, $hash . ' ' . $name . "\n" );
			}
			return 'sha256:' . hash_final( $context );
		}

		/** @return array<string, bool>|null Files by path below; null with a link among them. */
		public static function files( string $folder, string $below ): ?array {
			$found = array();
			foreach ( array_diff( (array) scandir( $folder ), array( '.', '..' ) ) as $name ) {
				$path  = $folder . '/' . $name;
				$inner = is_link( $path ) ? null : ( is_dir( $path ) ? self::files( $path, $below . $name . '/' ) : array( $below . $name => true ) );
				if ( null === $inner ) {
					return null;
				}
				$found += $inner;
			}
			return $found;
		}
	}
}
