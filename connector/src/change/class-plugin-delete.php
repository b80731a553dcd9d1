<?php
/**
 * `plugin.delete`: removes a plugin and, by its own uninstall routine, its data.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * Only a plugin that is not active; its files come back from the restore point, its data do not.
 */
final class Plugin_Delete extends Plugin_Step {
	public function is_done(): bool {
		return '' === $this->plugin->file();
	}

	protected function own_refusal(): string {
		return null === $this->step->to ? File_Mods::refusal( WP_PLUGIN_DIR ) : 'unsupported';
	}

	public function package_fault( string $file ): string {
		return '';
	}

	public function execute( string $file ): string {
		if ( $this->plugin->is_active() ) {
			return 'still_active';
		}
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		$result = delete_plugins( array( $this->plugin->file() ) );
		if ( true !== $result ) {
			return 'delete_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
