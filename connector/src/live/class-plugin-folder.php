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
		return $this->found()['file'];
	}

	/** The folder, or the file of a plugin without folder, whether it is there or not. */
	public function path(): string {
		return $this->path_of( $this->file() );
	}

	private function path_of( string $file ): string {
		return WP_PLUGIN_DIR . '/' . ( '' !== $file && false === strpos( $file, '/' ) ? $file : $this->slug );
	}

	/** The version that the plugin's header names; an empty text where there is none. */
	public function version(): string {
		return $this->found()['version'];
	}

	public function is_active(): bool {
		return self::is_active_file( $this->file() );
	}

	/** @return array{target: string, version: string|null, state: string, tree: string|null} */
	public function state( ?Globs $volatile ): array {
		list( 'file' => $file, 'version' => $version ) = $this->found();
		$path = $this->path_of( $file );
		return array(
			'target'  => 'plugins/' . $this->slug,
			'version' => Targets::version( $version ),
			'state'   => '' === $file ? 'absent' : ( self::is_active_file( $file ) ? 'active' : 'inactive' ),
			'tree'    => Tree::digest( $path, $volatile, 'plugins/' . basename( $path ) ),
		);
	}

	/** @return array{file: string, version: string} Both empty where there is no such plugin. */
	private function found(): array {
		foreach ( self::all() as $file => $headers ) {
			if ( self::slug_of( $file ) === $this->slug ) {
				return array(
					'file'    => $file,
					'version' => (string) $headers['Version'],
				);
			}
		}
		return array(
			'file'    => '',
			'version' => '',
		);
	}

	private static function is_active_file( string $file ): bool {
		return in_array( $file, (array) get_option( 'active_plugins', array() ), true );
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
