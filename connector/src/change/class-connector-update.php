<?php
/**
 * `connector.update`: another build of this plugin.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Action\Package_Check;
use Countersign\Files\Folder;
use Countersign\Live\Plugin_Folder;
use Countersign\Plan\Step;
use Countersign\Protocol\Claims;

defined( 'ABSPATH' ) || exit;

/**
 * Alone in its plan. The old build stays in the restore point, and the dead-man's switch puts it
 * back unless the new one has answered a signed message in time.
 */
final class Connector_Update implements Change {
	/** @var Step */
	private $step;

	/** @var Plugin_Folder */
	private $plugin;

	public function __construct( Step $step ) {
		$this->step   = $step;
		$this->plugin = new Plugin_Folder( Plugin_Folder::slug_of( plugin_basename( COUNTERSIGN_FILE ) ) );
	}

	public function is_done(): bool {
		return $this->plugin->version() === $this->step->to;
	}

	public function refusal(): string {
		$fits = null !== $this->step->package && $this->step->package['version'] === $this->step->to;
		return $fits ? File_Mods::refusal( WP_PLUGIN_DIR ) : 'unsupported';
	}

	public function package_fault( string $file ): string {
		return Package_Check::fault( $file, basename( $this->plugin->path() ), basename( COUNTERSIGN_FILE ), (string) $this->step->to );
	}

	public function paths(): array {
		return array( $this->plugin->path() );
	}

	public function options(): array {
		return array( 'active_plugins' );
	}

	public function option_prefixes(): array {
		return array();
	}

	public function execute( string $file ): string {
		$this->load_everything();
		$plugin  = $this->plugin->file();
		$offer   = (object) array(
			'slug'        => basename( $this->plugin->path() ),
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

	/** This request ends with the code it began with; a class loaded later would be the new build's. */
	private function load_everything(): void {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
		$source = dirname( COUNTERSIGN_FILE ) . '/src';
		foreach ( array_keys( (array) Folder::list_all( $source ) ) as $name ) {
			if ( 1 === preg_match( '~(^|/)(class|interface)-[^/]+\.php$~D', (string) $name ) ) {
				require_once $source . '/' . $name;
			}
		}
		Claims::limits();
	}
}
