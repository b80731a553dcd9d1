<?php
/**
 * Puts the dead-man's switch where it runs before ordinary plugins.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign;

use Countersign\Files\Folder;
use Countersign\State\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * The stub is a complete copy, so that it works when this plugin does not.
 */
final class Stub_Installer {
	private const NAME  = 'countersign-stub.php';
	private const PARTS = array( 'countersign-stub.php', 'countersign-database.php', 'countersign-archive.php' );

	/** Installs it, or renews one of another version; true when it is in place. */
	public static function install(): bool {
		if ( self::is_current() ) {
			return true;
		}
		$written = ( is_dir( WPMU_PLUGIN_DIR ) || wp_mkdir_p( WPMU_PLUGIN_DIR ) ) && Folder::write( self::file(), self::text() ) && @chmod( self::file(), 0644 );
		if ( $written && function_exists( 'opcache_invalidate' ) ) {
			@opcache_invalidate( self::file(), true );
		}
		return $written && self::is_current();
	}

	public static function is_current(): bool {
		return is_file( self::file() ) && file_get_contents( self::file() ) === self::text();
	}

	public static function remove(): void {
		Folder::remove( self::file() );
	}

	private static function file(): string {
		return WPMU_PLUGIN_DIR . '/' . self::NAME;
	}

	private static function text(): string {
		$text = '';
		foreach ( self::PARTS as $name ) {
			$part  = (string) file_get_contents( dirname( COUNTERSIGN_FILE ) . '/stub/' . $name );
			$text .= '' === $text ? $part : (string) preg_replace( '/^<\?php.*?declare\(strict_types=1\);\n/s', '', $part, 1 );
		}
		return $text . "\nCountersign_Stub::guard( " . var_export( Storage::path(), true ) . " );\n";
	}
}
