<?php
/**
 * `plugin.update`: another version of an installed plugin.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Action\Option_Rows;
use Countersign\Action\Package_Check;
use Countersign\Files\Folder;
use Countersign\Live\Plugin_Folder;
use Countersign\Plan\Step;

defined( 'ABSPATH' ) || exit;

/**
 * By `bulk_upgrade()`: plain `upgrade()` silently deactivates an active plugin.
 */
final class Plugin_Update implements Change {
	/** @var Step */
	private $step;

	/** @var Plugin_Folder */
	private $plugin;

	public function __construct( Step $step ) {
		$this->step   = $step;
		$this->plugin = new Plugin_Folder( $step->name() );
	}

	public function is_done(): bool {
		return $this->plugin->version() === $this->step->to;
	}

	public function refusal(): string {
		if ( Plugin_Folder::slug_of( plugin_basename( COUNTERSIGN_FILE ) ) === $this->step->name() ) {
			return 'not_allowed';
		}
		if ( null === $this->step->package || $this->step->package['version'] !== $this->step->to || false === strpos( $this->plugin->file(), '/' ) ) {
			return 'unsupported';
		}
		return File_Mods::refusal( WP_PLUGIN_DIR );
	}

	public function package_fault( string $file ): string {
		return Package_Check::fault( $file, $this->step->name(), basename( $this->plugin->file() ), (string) $this->step->to );
	}

	public function paths(): array {
		return array( $this->plugin->path() );
	}

	public function options(): array {
		return array( 'active_plugins', $this->step->name(), str_replace( '-', '_', $this->step->name() ) );
	}

	public function option_prefixes(): array {
		return Option_Rows::prefixes_of( $this->step->name() );
	}

	public function execute( string $file ): string {
		$plugin = $this->plugin->file();
		$offer  = (object) array(
			'slug'        => $this->step->name(),
			'plugin'      => $plugin,
			'new_version' => $this->step->to,
			'package'     => $file,
		);
		$inject = static function ( $updates ) use ( $plugin, $offer ) {
			$updates           = is_object( $updates ) ? clone $updates : new \stdClass();
			$updates->response = array( $plugin => $offer );
			return $updates;
		};
		add_filter( 'site_transient_update_plugins', $inject, PHP_INT_MAX );
		$results = Core_Hooks::without( static fn() => ( new Quiet_Plugin_Upgrader( new \Automatic_Upgrader_Skin() ) )->bulk_upgrade( array( $plugin ) ) );
		remove_filter( 'site_transient_update_plugins', $inject, PHP_INT_MAX );
		Folder::forget_compiled( $this->plugin->path() );
		if ( ! is_array( $results ) || ! is_array( $results[ $plugin ] ?? null ) ) {
			return 'upgrader_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
