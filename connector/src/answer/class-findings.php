<?php
/**
 * What this site can and cannot do, measured or read now.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Change\File_Mods;
use Countersign\State\Database;
use Countersign\State\Own_Lock;
use Countersign\State\Storage;
use Countersign\Stub_Installer;

defined( 'ABSPATH' ) || exit;

/**
 * Findings that belong to no plan; the same ones stand in Site Health. An item that cannot be
 * measured is `unknown`, never guessed.
 */
final class Findings {
	/** @return array<int, array{id: string, level: string, at: int, value: string}> */
	public static function all(): array {
		return array(
			self::files(),
			self::storage(),
			self::item( 'lock', '' === Own_Lock::reason() ? 'proved' : 'failed', Own_Lock::reason() ),
			self::restore_drill(),
			self::backup(),
			self::database(),
			self::caches(),
			self::item( 'stub', Stub_Installer::is_current() ? 'proved' : 'failed', (string) \Countersign_Stub::VERSION ),
			self::item( 'stubBeforeCore', \Countersign_Stub::ran_before_core() ? 'proved' : 'failed', '' ),
		);
	}

	/** @return array{id: string, level: string, at: int, value: string} */
	public static function item( string $id, string $level, string $value, int $at = 0 ): array {
		return array(
			'at'    => $at > 0 ? $at : time(),
			'id'    => $id,
			'level' => $level,
			'value' => substr( $value, 0, 500 ),
		);
	}

	private static function files(): array {
		$bad = array();
		foreach ( array( WP_PLUGIN_DIR, get_theme_root() ) as $folder ) {
			if ( '' !== File_Mods::refusal( $folder ) ) {
				$bad[] = basename( $folder );
			}
		}
		return self::item( 'files', array() === $bad ? 'proved' : 'failed', implode( ' ', $bad ) );
	}

	private static function storage(): array {
		$outside = Storage::is_outside_web_root();
		$usable  = '' !== Storage::path() && File_Mods::can_swap( Storage::path() );
		return self::item( 'storage', $usable ? 'proved' : 'failed', $outside ? 'outside' : 'inside' );
	}

	private static function restore_drill(): array {
		$drill = Drill::newest();
		$level = 0 === $drill['at'] ? 'unknown' : ( $drill['ok'] ? 'proved' : 'failed' );
		return self::item( 'restoreDrill', $level, $drill['value'], $drill['at'] );
	}

	/** Only what a backup plugin says of itself; nobody here has restored it. */
	private static function backup(): array {
		$last = get_option( 'updraft_last_backup' );
		if ( is_array( $last ) && ! empty( $last['success'] ) && ! empty( $last['backup_time'] ) ) {
			return self::item( 'backup', 'declared', 'updraftplus', (int) $last['backup_time'] );
		}
		return self::item( 'backup', 'unknown', '' );
	}

	private static function database(): array {
		$db = Database::wpdb();
		if ( defined( 'DB_ENGINE' ) && 'sqlite' === DB_ENGINE ) {
			return self::item( 'database', 'proved', 'sqlite' );
		}
		$bytes = $db->get_var( 'SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()' );
		return self::item( 'database', null === $bytes ? 'unknown' : 'proved', 'mysql ' . $db->db_version() . ' ' . (int) $bytes );
	}

	private static function caches(): array {
		$found = array_keys(
			array_filter(
				array(
					'object' => (bool) wp_using_ext_object_cache(),
					'page'   => is_file( WP_CONTENT_DIR . '/advanced-cache.php' ),
				)
			)
		);
		return self::item( 'caches', 'proved', implode( ' ', $found ) );
	}
}
