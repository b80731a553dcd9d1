<?php
/**
 * `theme.activate`: another look.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * `to` is the slug of the theme that becomes active. Its requirements are asked as in wp-admin.
 */
final class Theme_Activate extends Theme_Step {
	public function is_done(): bool {
		return $this->theme->is_active();
	}

	public function refusal(): string {
		return $this->step->to === $this->step->name() ? '' : 'unsupported';
	}

	public function package_fault( string $file ): string {
		return '';
	}

	public function paths(): array {
		return array();
	}

	public function execute( string $file ): string {
		wp_clean_themes_cache( false );
		if ( true !== validate_theme_requirements( $this->step->name() ) || ! wp_get_theme( $this->step->name() )->exists() ) {
			return 'requirements';
		}
		switch_theme( $this->step->name() );
		return $this->is_done() ? '' : 'not_read_back';
	}
}
