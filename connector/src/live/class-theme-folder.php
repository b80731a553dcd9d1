<?php
/**
 * What a theme is on this site, read from disk.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Live;

use Countersign\Files\Globs;
use Countersign\Files\Tree;

defined( 'ABSPATH' ) || exit;

/**
 * A theme by its folder's name.
 */
final class Theme_Folder {
	/** @var string */
	private $slug;

	public function __construct( string $slug ) {
		$this->slug = $slug;
	}

	public function path(): string {
		return get_theme_root() . '/' . $this->slug;
	}

	public function is_there(): bool {
		clearstatcache();
		return is_file( $this->path() . '/style.css' );
	}

	/** The version that style.css names; an empty text where there is none. */
	public function version(): string {
		$header = $this->is_there() ? get_file_data( $this->path() . '/style.css', array( 'version' => 'Version' ), 'theme' ) : array();
		return (string) ( $header['version'] ?? '' );
	}

	public function is_active(): bool {
		return get_option( 'stylesheet' ) === $this->slug;
	}

	/** Whether the site needs it: as the active theme or as its parent. */
	public function is_in_use(): bool {
		return $this->is_active() || get_option( 'template' ) === $this->slug;
	}

	/** @return array{target: string, version: string|null, state: string, tree: string|null} */
	public function state( ?Globs $volatile ): array {
		return array(
			'target'  => 'themes/' . $this->slug,
			'version' => Targets::version( $this->version() ),
			'state'   => $this->is_there() ? ( $this->is_active() ? 'active' : 'inactive' ) : 'absent',
			'tree'    => Tree::digest( $this->path(), $volatile, 'themes/' . $this->slug ),
		);
	}
}
