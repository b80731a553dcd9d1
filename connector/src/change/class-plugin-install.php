<?php
/**
 * `plugin.install`: a plugin that is not here yet, or of which nothing was known.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Files\Folder;

defined( 'ABSPATH' ) || exit;

/**
 * Leaves it inactive, unless it was active already.
 */
final class Plugin_Install extends Plugin_Step {
	public function is_done(): bool {
		return $this->plugin->version() === $this->step->to;
	}

	protected function own_refusal(): string {
		return $this->has_fitting_package() ? File_Mods::refusal( WP_PLUGIN_DIR ) : 'unsupported';
	}

	public function execute( string $file ): string {
		$install = static fn() => ( new Quiet_Plugin_Upgrader( new \Automatic_Upgrader_Skin() ) )->install( $file, array( 'overwrite_package' => true ) );
		$result  = Core_Hooks::without( $install );
		Folder::forget_compiled( $this->plugin->path() );
		if ( true !== $result ) {
			return 'upgrader_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
