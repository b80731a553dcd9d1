<?php
/**
 * What all changes of plugins have in common.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Action\Option_Rows;
use Countersign\Action\Package_Check;
use Countersign\Live\Plugin_Folder;
use Countersign\Plan\Step;

defined( 'ABSPATH' ) || exit;

/**
 * A step about one plugin. The connector is not one of them: it has its own kind.
 */
abstract class Plugin_Step implements Change {
	/** @var Step */
	protected $step;

	/** @var Plugin_Folder */
	protected $plugin;

	public function __construct( Step $step ) {
		$this->step   = $step;
		$this->plugin = new Plugin_Folder( $step->name() );
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
	}

	public function refusal(): string {
		return Plugin_Folder::slug_of( plugin_basename( COUNTERSIGN_FILE ) ) === $this->step->name() ? 'not_allowed' : $this->own_refusal();
	}

	/** A refusal code of this kind of step; empty when there is none. */
	abstract protected function own_refusal(): string;

	public function package_fault( string $file ): string {
		$live = $this->plugin->file();
		$main = '' === $live ? Package_Check::main_plugin_file( $file, $this->step->name() ) : basename( $live );
		return Package_Check::fault( $file, $this->step->name(), $main, (string) $this->step->to );
	}

	public function paths(): array {
		return array( $this->plugin->path() );
	}

	public function options(): array {
		return array( 'active_plugins', 'recently_activated', 'uninstall_plugins', $this->step->name(), str_replace( '-', '_', $this->step->name() ) );
	}

	public function option_prefixes(): array {
		return Option_Rows::prefixes_of( $this->step->name() );
	}

	/** Whether the step names the package of its goal, for a plugin that has a folder of its own. */
	protected function has_fitting_package(): bool {
		$live   = $this->plugin->file();
		$single = '' !== $live && false === strpos( $live, '/' );
		return ! $single && null !== $this->step->package && $this->step->package['version'] === $this->step->to;
	}
}
