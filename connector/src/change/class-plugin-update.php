<?php
/**
 * `plugin.update`: another version of an installed plugin.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Files\Folder;

defined( 'ABSPATH' ) || exit;

/**
 * By `bulk_upgrade()`: plain `upgrade()` silently deactivates an active plugin.
 */
final class Plugin_Update extends Plugin_Step {
	public function is_done(): bool {
		return $this->plugin->version() === $this->step->to;
	}

	protected function own_refusal(): string {
		$fits = '' !== $this->plugin->file() && $this->has_fitting_package();
		return $fits ? File_Mods::refusal( WP_PLUGIN_DIR ) : 'unsupported';
	}

	public function execute( string $file ): string {
		$plugin  = $this->plugin->file();
		$offer   = (object) array(
			'slug'        => $this->step->name(),
			'plugin'      => $plugin,
			'new_version' => $this->step->to,
			'package'     => $file,
		);
		$upgrade = static fn() => ( new Quiet_Plugin_Upgrader( new \Automatic_Upgrader_Skin() ) )->bulk_upgrade( array( $plugin ) );
		$results = Core_Hooks::offering( 'update_plugins', array( $plugin => $offer ), $upgrade );
		Folder::forget_compiled( $this->plugin->path() );
		if ( ! is_array( $results ) || ! is_array( $results[ $plugin ] ?? null ) ) {
			return 'upgrader_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
