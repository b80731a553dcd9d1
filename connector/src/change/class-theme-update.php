<?php
/**
 * `theme.update`: another version of an installed theme.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Files\Folder;

defined( 'ABSPATH' ) || exit;

/**
 * By `bulk_upgrade()`, which leaves the active theme active.
 */
final class Theme_Update extends Theme_Step {
	public function is_done(): bool {
		return $this->theme->version() === $this->step->to;
	}

	public function refusal(): string {
		return $this->theme->is_there() && $this->has_fitting_package() ? File_Mods::refusal( get_theme_root() ) : 'unsupported';
	}

	public function execute( string $file ): string {
		$slug    = $this->step->name();
		$offer   = array(
			'theme'       => $slug,
			'new_version' => $this->step->to,
			'package'     => $file,
			'url'         => '',
		);
		$upgrade = static fn() => ( new Quiet_Theme_Upgrader( new \Automatic_Upgrader_Skin() ) )->bulk_upgrade( array( $slug ) );
		$results = Core_Hooks::offering( 'update_themes', array( $slug => $offer ), $upgrade );
		Folder::forget_compiled( $this->theme->path() );
		if ( ! is_array( $results ) || ! is_array( $results[ $slug ] ?? null ) ) {
			return 'upgrader_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
