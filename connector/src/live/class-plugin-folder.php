<?php
/**
 * What a plugin is on this site, read from disk.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Live;

use Countersign\Files\Globs;
use Countersign\Files\Tree;

defined( 'ABSPATH' ) || exit;

/**
 * A plugin by its slug: the folder's name, or the file's name without `.php`.
 */
final class Plugin_Folder {
	/** @var string */
	private $slug;

	public function __construct( string $slug ) {
		$this->slug = $slug;
	}

	/** The plugin's file as WordPress names it, `akismet/akismet.php`; an empty text where there is none. */
	public function file(): string {
		foreach ( array_keys( self::all() ) as $file ) {
			if ( self::slug_of( $file ) === $this->slug ) {
				return $file;
			}
		}
		return '';
	}

	/** The folder, or the file of a plugin without folder, whether it is there or not. */
	public function path(): string {
		$file = $this->file();
		return WP_PLUGIN_DIR . '/' . ( '' !== $file && false === strpos( $file, '/' ) ? $file : $this->slug );
	}

	/** The version that the plugin's header names; an empty text where there is none. */
	public function version(): string {
		$file = $this->file();
		return '' === $file ? '' : (string) self::all()[ $file ]['Version'];
	}

	public function is_active(): bool {
		return in_array( $this->file(), (array) get_option( 'active_plugins', array() ), true );
	}

	/** @return array{target: string, version: string|null, state: string, tree: string|null} */
	public function state( ?Globs $volatile ): array {
		$there = '' !== $this->file();
		return array(
			'target'  => 'plugins/' . $this->slug,
			'version' => Targets::version( $this->version() ),
			'state'   => $there ? ( $this->is_active() ? 'active' : 'inactive' ) : 'absent',
			'tree'    => Tree::digest( $this->path(), $volatile, 'plugins/' . basename( $this->path() ) ),
		);
	}

	/** @return array<string, array<string, mixed>> Headers by plugin file, read anew. */
	public static function all(): array {
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		clearstatcache();
		wp_cache_delete( 'plugins', 'plugins' );
		return get_plugins();
	}

	public static function slug_of( string $file ): string {
		return false === strpos( $file, '/' ) ? basename( $file, '.php' ) : dirname( $file );
	}
}
