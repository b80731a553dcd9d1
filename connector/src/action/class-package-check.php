<?php
/**
 * Looking inside a package before WordPress does.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Files\Zip_Reader;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * Every entry under its slug, no way out of it, no links, and the version that was reviewed.
 */
final class Package_Check {
	private const MAX_UNPACKED = 536870912;
	private const MAX_ENTRIES  = 50000;
	private const HEADER_BYTES = 8192;
	private const MAX_HEADER   = 4194304;

	/**
	 * Judges a package of one folder.
	 *
	 * @param string $folder  The folder that all entries are under.
	 * @param string $main    The file whose header names the version, below that folder.
	 * @param string $version What it has to name.
	 * @return string A refusal code; empty when all is well.
	 */
	public static function fault( string $file, string $folder, string $main, string $version ): string {
		try {
			$zip = new Zip_Reader( $file );
			if ( ! self::is_safe( $zip, $folder ) ) {
				return 'package_unsafe';
			}
			$text = in_array( "$folder/$main", $zip->names(), true ) ? $zip->read( "$folder/$main", self::MAX_HEADER ) : '';
			return self::header( $text, 'Version' ) === $version ? '' : 'package_mismatch';
		} catch ( RuntimeException $error ) {
			return 'package_unsafe';
		}
	}

	/**
	 * Judges a package of WordPress itself.
	 *
	 * @return string A refusal code; empty when all is well.
	 */
	public static function core_fault( string $file, string $version ): string {
		try {
			$zip = new Zip_Reader( $file );
			if ( ! self::is_safe( $zip, 'wordpress' ) ) {
				return 'package_unsafe';
			}
			$text = $zip->read( 'wordpress/wp-includes/version.php', self::MAX_HEADER );
			return 1 === preg_match( '/^\$wp_version = \'([^\']*)\';/m', $text, $match ) && $match[1] === $version ? '' : 'package_mismatch';
		} catch ( RuntimeException $error ) {
			return 'package_unsafe';
		}
	}

	/** The database version that a package of WordPress wants; empty where it names none. */
	public static function core_db_version( string $file ): string {
		try {
			$text = ( new Zip_Reader( $file ) )->read( 'wordpress/wp-includes/version.php', self::MAX_HEADER );
			return 1 === preg_match( '/^\$wp_db_version = ([0-9]+);/m', $text, $match ) ? $match[1] : '';
		} catch ( RuntimeException $error ) {
			return '';
		}
	}

	/**
	 * The file of a plugin package whose header names the plugin; an empty text where there is none.
	 */
	public static function main_plugin_file( string $file, string $folder ): string {
		try {
			$zip = new Zip_Reader( $file );
			foreach ( $zip->names() as $name ) {
				$is_top = 1 === preg_match( '~^' . preg_quote( $folder, '~' ) . '/[^/]+\.php$~D', $name );
				if ( $is_top && '' !== self::header( $zip->read( $name, self::MAX_HEADER ), 'Plugin Name' ) ) {
					return basename( $name );
				}
			}
		} catch ( RuntimeException $error ) {
			return '';
		}
		return '';
	}

	/** Bytes of a package when unpacked; 0 when it cannot be read. */
	public static function unpacked_bytes( string $file ): int {
		try {
			return ( new Zip_Reader( $file ) )->unpacked_bytes();
		} catch ( RuntimeException $error ) {
			return 0;
		}
	}

	private static function is_safe( Zip_Reader $zip, string $folder ): bool {
		$names = $zip->names();
		if ( array() === $names || count( $names ) > self::MAX_ENTRIES || $zip->unpacked_bytes() > self::MAX_UNPACKED ) {
			return false;
		}
		$seen = array();
		foreach ( $names as $name ) {
			$folded = strtolower( rtrim( $name, '/' ) );
			if ( 0 !== strpos( $name, $folder . '/' ) || Zip_Reader::is_unsafe( $name ) || $zip->is_special( $name ) || isset( $seen[ $folded ] ) ) {
				return false;
			}
			$seen[ $folded ] = true;
		}
		return true;
	}

	/** A header's value, read as WordPress reads it. */
	private static function header( string $text, string $name ): string {
		$text = str_replace( "\r", "\n", substr( $text, 0, self::HEADER_BYTES ) );
		if ( 1 !== preg_match( '/^(?:[ \t]*<\?php)?[ \t\/*#@]*' . preg_quote( $name, '/' ) . ':(.*)$/mi', $text, $match ) ) {
			return '';
		}
		return trim( (string) preg_replace( '/\s*(?:\*\/|\?>).*/', '', $match[1] ) );
	}
}
