<?php
/**
 * What all changes of themes have in common.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Action\Package_Check;
use Countersign\Live\Theme_Folder;
use Countersign\Plan\Step;

defined( 'ABSPATH' ) || exit;

/**
 * A step about one theme.
 */
abstract class Theme_Step implements Change {
	/** @var Step */
	protected $step;

	/** @var Theme_Folder */
	protected $theme;

	public function __construct( Step $step ) {
		$this->step  = $step;
		$this->theme = new Theme_Folder( $step->name() );
		require_once ABSPATH . 'wp-admin/includes/theme.php';
	}

	public function package_fault( string $file ): string {
		return Package_Check::fault( $file, $this->step->name(), 'style.css', (string) $this->step->to );
	}

	public function paths(): array {
		return array( $this->theme->path() );
	}

	public function options(): array {
		return array( 'template', 'stylesheet', 'current_theme', 'theme_switched', 'sidebars_widgets', 'theme_mods_' . $this->step->name() );
	}

	public function option_prefixes(): array {
		return array();
	}

	protected function has_fitting_package(): bool {
		return null !== $this->step->package && $this->step->package['version'] === $this->step->to;
	}
}
