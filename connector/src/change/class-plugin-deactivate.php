<?php
/**
 * `plugin.deactivate`: stops a plugin.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * With its deactivation hook, as in wp-admin.
 */
final class Plugin_Deactivate extends Plugin_Step {
	public function is_done(): bool {
		return ! $this->plugin->is_active();
	}

	protected function own_refusal(): string {
		return 'inactive' === $this->step->to ? '' : 'unsupported';
	}

	public function package_fault( string $file ): string {
		return '';
	}

	public function execute( string $file ): string {
		deactivate_plugins( array( $this->plugin->file() ) );
		return $this->is_done() ? '' : 'not_read_back';
	}
}
