<?php
/**
 * `theme.install`: a theme that is not here yet, or of which nothing was known.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Files\Folder;

defined( 'ABSPATH' ) || exit;

/**
 * Leaves the active theme as it is.
 */
final class Theme_Install extends Theme_Step {
	public function is_done(): bool {
		return $this->theme->version() === $this->step->to;
	}

	public function refusal(): string {
		return $this->has_fitting_package() ? File_Mods::refusal( get_theme_root() ) : 'unsupported';
	}

	public function execute( string $file ): string {
		$install = static fn() => ( new Quiet_Theme_Upgrader( new \Automatic_Upgrader_Skin() ) )->install( $file, array( 'overwrite_package' => true ) );
		$result  = Core_Hooks::without( $install );
		Folder::forget_compiled( $this->theme->path() );
		if ( true !== $result ) {
			return 'upgrader_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
