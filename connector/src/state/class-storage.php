<?php
/**
 * The folder that holds restore points, the journal and the connector's own log.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Files\Folder;

defined( 'ABSPATH' ) || exit;

/**
 * Outside the web root if that is writable, else under an unguessable name in wp-content; closed to
 * the web in both cases. `COUNTERSIGN_STORAGE_DIR` in wp-config.php decides otherwise.
 */
final class Storage {
	private const OPTION = 'countersign_storage';

	/** The folder; an empty text while there is none. */
	public static function path(): string {
		if ( defined( 'COUNTERSIGN_STORAGE_DIR' ) && is_string( COUNTERSIGN_STORAGE_DIR ) && '' !== COUNTERSIGN_STORAGE_DIR ) {
			return untrailingslashit( COUNTERSIGN_STORAGE_DIR );
		}
		$chosen = get_option( self::OPTION );
		return is_string( $chosen ) ? $chosen : '';
	}

	/** Path of something below the folder. */
	public static function in( string $name ): string {
		return self::path() . '/' . $name;
	}

	/**
	 * Chooses and makes the folder if there is none; an empty text where nothing is writable.
	 */
	public static function prepare(): string {
		$path = self::path();
		if ( '' === $path || ! is_dir( $path ) ) {
			$path = '' === $path ? self::choose() : $path;
			if ( '' === $path || ! Folder::make( $path ) ) {
				return '';
			}
			update_option( self::OPTION, $path, false );
		}
		self::close_to_web( $path );
		foreach ( array( 'journal', 'points', 'work' ) as $name ) {
			Folder::make( $path . '/' . $name );
		}
		return $path;
	}

	public static function remove(): void {
		$path = self::path();
		if ( '' !== $path && is_file( $path . '/.countersign' ) ) {
			Folder::remove( $path );
		}
		delete_option( self::OPTION );
	}

	/** Whether the folder cannot be reached over the web at all. */
	public static function is_outside_web_root(): bool {
		$path = realpath( self::path() );
		$root = self::web_root();
		return is_string( $path ) && '' !== $root && 0 !== strpos( $path . '/', $root . '/' );
	}

	private static function choose(): string {
		$name   = 'countersign-' . bin2hex( random_bytes( 16 ) );
		$root   = self::web_root();
		$parent = dirname( $root );
		if ( '' !== $root && '/' !== $parent && wp_is_writable( $parent ) ) {
			return $parent . '/' . $name;
		}
		return wp_is_writable( WP_CONTENT_DIR ) ? WP_CONTENT_DIR . '/' . $name : '';
	}

	/** The outermost folder that the web server is known to serve; empty where it is not known. */
	private static function web_root(): string {
		$served = realpath( (string) ( $_SERVER['DOCUMENT_ROOT'] ?? '' ) );
		$site   = (string) realpath( ABSPATH );
		return is_string( $served ) && '' !== (string) ( $_SERVER['DOCUMENT_ROOT'] ?? '' ) && 0 === strpos( $site . '/', $served . '/' ) ? $served : '';
	}

	private static function close_to_web( string $path ): void {
		$files = array(
			'.countersign' => '',
			'.htaccess'    => "Require all denied\n",
			'index.php'    => "<?php\n",
			'web.config'   => '<configuration><system.webServer><authorization><deny users="*" /></authorization></system.webServer></configuration>',
		);
		foreach ( $files as $name => $text ) {
			if ( ! is_file( $path . '/' . $name ) ) {
				@file_put_contents( $path . '/' . $name, $text );
			}
		}
	}
}
