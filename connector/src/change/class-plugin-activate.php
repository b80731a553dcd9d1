<?php
/**
 * `plugin.activate`: starts a plugin.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * With its activation hook, as in wp-admin. A plugin that ends the process there is undone by the
 * dead-man's switch.
 */
final class Plugin_Activate extends Plugin_Step {
	public function is_done(): bool {
		return $this->plugin->is_active();
	}

	protected function own_refusal(): string {
		return 'active' === $this->step->to ? '' : 'unsupported';
	}

	public function package_fault( string $file ): string {
		return '';
	}

	public function execute( string $file ): string {
		$plugin = $this->plugin->file();
		if ( '' === $plugin ) {
			return 'absent';
		}
		$result = activate_plugin( $plugin );
		if ( is_wp_error( $result ) && 'unexpected_output' !== $result->get_error_code() ) {
			return 'activation_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
