<?php
/**
 * `core.update`: another version of WordPress.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Action\Maintenance;
use Countersign\Action\Package_Check;
use Countersign\Action\Time_Budget;
use Countersign\Files\Folder;
use Countersign\Live\Core_Files;
use Countersign\Plan\Step;
use Countersign\State\Managed;

defined( 'ABSPATH' ) || exit;

/**
 * By core's own upgrader, without themes and plugins that the new version bundles, and with the
 * database upgrade that it wants. What that changed comes back only from a copy, inside the action.
 */
final class Core_Update implements Database_Change {
	private const DATABASE_SECONDS = 60;

	/** @var Step */
	private $step;

	public function __construct( Step $step ) {
		$this->step = $step;
	}

	public function is_done(): bool {
		return Core_Files::version() === $this->step->to || $this->is_patched_beyond();
	}

	/** Where security releases are left on, one of the wanted branch may be here before us. */
	private function is_patched_beyond(): bool {
		$to   = (string) $this->step->to;
		$live = Core_Files::version();
		$ups  = null === $this->step->from || version_compare( (string) $this->step->from, $to, '<' );
		return $ups && Managed::leaves_patches() && Core_Files::is_same_branch( $to, $live ) && version_compare( $live, $to, '>' );
	}

	public function refusal(): string {
		$fits = null !== $this->step->package && $this->step->package['version'] === $this->step->to;
		return $fits ? File_Mods::refusal( rtrim( ABSPATH, '/' ) ) : 'unsupported';
	}

	public function package_fault( string $file ): string {
		return Package_Check::core_fault( $file, (string) $this->step->to );
	}

	public function paths(): array {
		return Core_Files::paths();
	}

	public function options(): array {
		return array( 'db_version', 'core_updater.lock' );
	}

	public function option_prefixes(): array {
		return array();
	}

	public function upgrades_database( string $file ): bool {
		return Package_Check::core_db_version( $file ) !== (string) get_option( 'db_version' );
	}

	public function execute( string $file ): string {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
		defined( 'CORE_UPGRADE_SKIP_NEW_BUNDLED' ) || define( 'CORE_UPGRADE_SKIP_NEW_BUNDLED', true );
		$options = array(
			'attempt_rollback' => false,
			'pre_check_md5'    => false,
		);
		add_filter( 'upgrader_pre_download', array( Steady_Filesystem::class, 'install' ) );
		$upgrade = fn() => ( new \Core_Upgrader( new \Automatic_Upgrader_Skin() ) )->upgrade( $this->offer( $file ), $options );
		$result  = Core_Hooks::without( $upgrade );
		remove_filter( 'upgrader_pre_download', array( Steady_Filesystem::class, 'install' ) );
		Maintenance::on( Time_Budget::deadline() );
		foreach ( $this->paths() as $path ) {
			Folder::forget_compiled( $path );
		}
		if ( $result !== $this->step->to ) {
			return 'upgrader_failed';
		}
		if ( ! $this->upgrade_database() ) {
			return 'database_upgrade_failed';
		}
		return $this->is_done() ? '' : 'not_read_back';
	}

	private function offer( string $file ): object {
		$packages = array(
			'full'        => $file,
			'new_bundled' => false,
			'no_content'  => false,
			'partial'     => false,
			'rollback'    => false,
		);
		return (object) array(
			'response'        => 'upgrade',
			'current'         => $this->step->to,
			'version'         => $this->step->to,
			'locale'          => 'en_US',
			'download'        => $file,
			'new_bundled'     => '',
			'partial_version' => '',
			'packages'        => (object) $packages,
		);
	}

	/** In a request of its own: this process still runs the old code. */
	private function upgrade_database(): bool {
		if ( (string) get_option( 'db_version' ) === Core_Files::db_version() ) {
			return true;
		}
		$url   = add_query_arg( Maintenance::PROBE_ARGUMENT, Maintenance::probe_key(), site_url( 'wp-admin/upgrade.php?step=upgrade_db' ) );
		$reply = wp_remote_get(
			$url,
			array(
				'timeout'     => self::DATABASE_SECONDS,
				'redirection' => 0,
				'sslverify'   => false,
			)
		);
		wp_cache_flush();
		return ! is_wp_error( $reply ) && '0' === trim( (string) wp_remote_retrieve_body( $reply ) ) && (string) get_option( 'db_version' ) === Core_Files::db_version();
	}
}
