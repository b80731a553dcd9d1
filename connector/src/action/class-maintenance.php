<?php
/**
 * Maintenance that expires by itself.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Files\Folder;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress reads `.maintenance` before anything of ours, so the file itself lets our probes and
 * our route through, and stops counting at the deadline, when the dead-man's switch takes over.
 */
final class Maintenance {
	public const PROBE_ARGUMENT = 'countersign_probe';

	private const KEY_OPTION = 'countersign_probe_key';

	/**
	 * Turns it on or renews it; false when the file cannot be written.
	 *
	 * @param int  $until     Unix time when it ends by itself.
	 * @param bool $lets_cron Whether WordPress's cron comes through, between two steps of a paused action.
	 */
	public static function on( int $until, bool $lets_cron = false ): bool {
		$file = self::file();
		$text = sprintf(
			"<?php // countersign %s\n\$upgrading = time() > %d || ( isset( \$_GET['%s'] ) && is_string( \$_GET['%s'] ) && hash_equals( '%s', hash( 'sha256', \$_GET['%s'] ) ) ) || ( isset( \$_GET['rest_route'] ) && '/countersign/v1/messages' === \$_GET['rest_route'] )%s ? 0 : time();\n",
			self::is_on() ? self::series()['id'] : bin2hex( random_bytes( 8 ) ),
			$until,
			self::PROBE_ARGUMENT,
			self::PROBE_ARGUMENT,
			hash( 'sha256', self::probe_key() ),
			self::PROBE_ARGUMENT,
			$lets_cron ? " || 'wp-cron.php' === basename( (string) ( \$_SERVER['SCRIPT_FILENAME'] ?? '' ) )" : ''
		);
		$done = Folder::write( $file, $text ) && @chmod( $file, 0644 );
		self::forget_compiled( $file );
		return $done;
	}

	/**
	 * Names this maintenance since it began: renewed in time it keeps its id, after a gap it gets another.
	 *
	 * @return array{file: string, id: string} The id is empty while there is none.
	 */
	public static function series(): array {
		return array(
			'file' => self::file(),
			'id'   => \Countersign_Database::maintenance_id( self::file() ),
		);
	}

	/** Whether visitors are kept out by a file of ours that still counts. */
	private static function is_on(): bool {
		$text = (string) @file_get_contents( self::file() );
		return '' !== self::series()['id'] && 1 === preg_match( '/time\(\) > (\d+)/', $text, $match ) && time() <= (int) $match[1];
	}

	/** Turns it off, if it is ours. */
	public static function off(): void {
		$file = self::file();
		if ( is_file( $file ) && false !== strpos( (string) file_get_contents( $file ), 'countersign' ) ) {
			@unlink( $file );
			self::forget_compiled( $file );
		}
	}

	/** The secret by which our probes pass; made anew for each process chain and kept for the next one. */
	public static function probe_key(): string {
		$key = get_option( self::KEY_OPTION );
		if ( ! is_string( $key ) || 32 !== strlen( $key ) ) {
			$key = bin2hex( random_bytes( 16 ) );
			update_option( self::KEY_OPTION, $key, false );
		}
		return $key;
	}

	/** Whether this request is one of our own probes. */
	public static function is_probe(): bool {
		$given = isset( $_GET[ self::PROBE_ARGUMENT ] ) ? wp_unslash( $_GET[ self::PROBE_ARGUMENT ] ) : '';
		return is_string( $given ) && hash_equals( self::probe_key(), $given );
	}

	public static function forget(): void {
		self::off();
		delete_option( self::KEY_OPTION );
	}

	private static function file(): string {
		return ABSPATH . '.maintenance';
	}

	private static function forget_compiled( string $file ): void {
		clearstatcache( true, $file );
		if ( function_exists( 'opcache_invalidate' ) ) {
			@opcache_invalidate( $file, true );
		}
	}
}
