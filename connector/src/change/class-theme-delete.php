<?php
/**
 * `theme.delete`: removes a theme.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * Never the one in use, nor its parent.
 */
final class Theme_Delete extends Theme_Step {
	public function is_done(): bool {
		return ! $this->theme->is_there();
	}

	public function refusal(): string {
		return null === $this->step->to ? File_Mods::refusal( get_theme_root() ) : 'unsupported';
	}

	public function package_fault( string $file ): string {
		return '';
	}

	public function execute( string $file ): string {
		if ( $this->theme->is_in_use() ) {
			return 'still_active';
		}
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		if ( true !== delete_theme( $this->step->name() ) ) {
			return 'delete_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
