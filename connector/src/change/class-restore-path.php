<?php
/**
 * Puts the files of one target back from a restore point.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Action\Restore_Point;
use Countersign\Files\Folder;
use Countersign\Files\Tree;

defined( 'ABSPATH' ) || exit;

/**
 * Files only; what they are replaced by is itself protected by the restore point of the running
 * action.
 */
final class Restore_Path implements Change {
	/** @var Restore_Point */
	private $point;

	/** @var array<string, string|null> Trees by path. */
	private $trees;

	public function __construct( Restore_Point $point, string $target ) {
		$this->point = $point;
		$this->trees = $point->trees_of( $target );
	}

	public function is_done(): bool {
		foreach ( $this->trees as $path => $tree ) {
			if ( Tree::digest( (string) $path ) !== $tree ) {
				return false;
			}
		}
		return true;
	}

	public function refusal(): string {
		foreach ( $this->paths() as $path ) {
			$code = File_Mods::refusal( dirname( $path ) );
			if ( '' !== $code ) {
				return $code;
			}
		}
		return '';
	}

	public function package_fault( string $file ): string {
		return '';
	}

	public function paths(): array {
		return array_map( 'strval', array_keys( $this->trees ) );
	}

	public function options(): array {
		return array( 'active_plugins' );
	}

	public function option_prefixes(): array {
		return array();
	}

	public function execute( string $file ): string {
		if ( ! $this->point->restore_paths( $this->paths() ) ) {
			return 'restore_failed';
		}
		foreach ( $this->paths() as $path ) {
			Folder::forget_compiled( $path );
		}
		wp_clean_plugins_cache( false );
		return $this->is_done() ? '' : 'not_read_back';
	}
}
