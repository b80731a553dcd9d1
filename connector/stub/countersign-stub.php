<?php
/**
 * Plugin Name: Countersign dead-man's switch
 * Description: Puts a site back when the process that changed it died before it had verified the result. Installed and removed by Countersign.
 * Version: 3
 * License: GPL-2.0-or-later
 *
 * Complete in itself: it runs before ordinary plugins, and before WordPress itself where
 * wp-config.php includes it, so that it works when they do not.
 *
 * @package Countersign
 */

declare(strict_types=1);

defined( 'ABSPATH' ) || defined( 'DB_NAME' ) || exit;

if ( ! class_exists( 'Countersign_Stub', false ) ) {

	/**
	 * The journal is one file whose name is the state: `<state>.<step>.<deadline>`. It changes only by
	 * renaming, and whoever wins the rename acts. Past the deadline anyone may take over; restoring
	 * is repeatable. While `restoring`, the step counts the attempts.
	 */
	final class Countersign_Stub {
		public const VERSION = 3;

		private const NAME            = '/^(prepared|swapped|restoring|verified|restored|failed)\.([0-9]{1,4})\.([0-9]{1,12})$/D';
		private const LAST_ATTEMPT    = 3;
		private const ATTEMPT_SECONDS = 60;

		/** @var string The journal that this process restores from; empty where it does not. */
		private static $mine = '';

		/** @var bool Whether wp-config.php includes this file. */
		private static $before_core = false;

		/** Heals if nobody else does; otherwise lets the request go on, or answers 503 while somebody heals. */
		public static function guard( string $storage ): void {
			if ( ! function_exists( 'add_action' ) ) {
				self::guard_again_later( $storage );
			}
			$journal = self::journal( $storage );
			if ( null === $journal || in_array( $journal['state'], array( 'verified', 'restored', 'failed' ), true ) ) {
				return;
			}
			if ( self::$mine === $journal['path'] ) {
				self::heal( $storage, $journal );
			} elseif ( time() > $journal['deadline'] ) {
				self::take_over( $storage, $journal );
			} elseif ( 'restoring' === $journal['state'] ) {
				self::answer_later();
			}
		}

		/** Before core, files come back; rows need the database, which is there when must-use plugins are. */
		private static function guard_again_later( string $storage ): void {
			self::$before_core = true;
			$GLOBALS['wp_filter']['muplugins_loaded'][-1000]['countersign'] = array(
				'function'      => static function () use ( $storage ) {
					Countersign_Stub::guard( $storage );
				},
				'accepted_args' => 0,
			);
		}

		/** Whether a site whose core is broken would heal as well. */
		public static function ran_before_core(): bool {
			return self::$before_core;
		}

		/**
		 * The journal as it stands.
		 *
		 * @return array{path: string, state: string, step: int, deadline: int}|null
		 */
		public static function journal( string $storage ): ?array {
			foreach ( (array) @scandir( $storage . '/journal' ) as $name ) {
				if ( 1 === preg_match( self::NAME, (string) $name, $part ) ) {
					return array(
						'path'     => $storage . '/journal/' . $name,
						'state'    => $part[1],
						'step'     => (int) $part[2],
						'deadline' => (int) $part[3],
					);
				}
			}
			return null;
		}

		/**
		 * Puts everything back that a restore point holds. May be called again and again.
		 *
		 * @param string[]|null $only Paths; null for all of them and the rows.
		 * @return bool Whether all of it is back; false also where the rows need a database that is not there yet.
		 */
		public static function restore( string $point, ?array $only = null ): bool {
			$manifest = json_decode( (string) @file_get_contents( $point . '/manifest.json' ), true );
			if ( ! is_array( $manifest ) || 1 !== ( $manifest['version'] ?? null ) ) {
				return false;
			}
			$back = true;
			foreach ( array_reverse( $manifest['parts'] ) as $part ) {
				if ( null === $only || in_array( $part['path'], $only, true ) ) {
					$back = self::restore_part( $point, $part ) && $back;
				}
			}
			return $back && ( null !== $only || ( Countersign_Database::restore( $point, $manifest ) && Countersign_Database::restore_rows( $manifest ) ) );
		}

		/** Who renames the journal first acts; the others answer 503. */
		private static function take_over( string $storage, array $journal ): void {
			$attempt = 'restoring' === $journal['state'] ? $journal['step'] + 1 : 1;
			$state   = $attempt > self::LAST_ATTEMPT ? 'failed' : 'restoring';
			$until   = time() + ( 'failed' === $state ? 0 : self::ATTEMPT_SECONDS );
			$path    = sprintf( '%s/journal/%s.%d.%d', $storage, $state, min( $attempt, self::LAST_ATTEMPT ), $until );
			if ( ! @rename( $journal['path'], $path ) ) {
				self::answer_later();
			}
			if ( 'restoring' === $state ) {
				self::$mine = $path;
				self::heal( $storage, (array) self::journal( $storage ) );
			}
		}

		private static function heal( string $storage, array $journal ): void {
			$point = $storage . '/points/' . basename( trim( (string) @file_get_contents( $journal['path'] ) ) );
			@set_time_limit( 0 );
			if ( self::restore( $point ) ) {
				@rename( $journal['path'], sprintf( '%s/journal/restored.%d.%d', $storage, $journal['step'], time() ) );
				self::$mine = '';
				self::end_maintenance();
			} elseif ( isset( $GLOBALS['wpdb'] ) ) {
				@rename( $journal['path'], sprintf( '%s/journal/restoring.%d.%d', $storage, $journal['step'], time() + 2 ) );
				self::answer_later();
			}
		}

		/**
		 * @param array{path: string, zip: string|null, tree: string|null} $part A folder or file as it was; without tree there was nothing.
		 */
		private static function restore_part( string $point, array $part ): bool {
			$path = $part['path'];
			if ( Countersign_Archive::tree( $path ) === $part['tree'] ) {
				return true;
			}
			$beside = dirname( $path ) . '/.countersign-' . substr( hash( 'sha256', $path ), 0, 12 );
			$fresh  = $beside . '-new';
			if ( ! self::remove( $fresh ) || ! self::remove( $beside . '-old' ) ) {
				return false;
			}
			if ( null !== $part['tree'] && ! self::unpack_somehow( $point . '/' . $part['zip'], $fresh, $part ) ) {
				self::remove( $fresh );
				return false;
			}
			if ( file_exists( $path ) && ! @rename( $path, $beside . '-old' ) ) {
				return false;
			}
			$back = null === $part['tree'] || @rename( $part['single'] ? $fresh . '/' . basename( $path ) : $fresh, $path );
			self::remove( $fresh );
			self::remove( $beside . '-old' );
			self::forget_compiled( $path );
			return $back && Countersign_Archive::tree( $path ) === $part['tree'];
		}

		/** On a full disk what has to go makes room for what comes back, once the archive is known to be whole. */
		private static function unpack_somehow( string $zip, string $folder, array $part ): bool {
			if ( Countersign_Archive::unpack( $zip, $folder, $part ) ) {
				return true;
			}
			$free = function_exists( 'disk_free_space' ) ? @disk_free_space( dirname( $folder ) ) : false;
			self::remove( $folder );
			return false !== $free && $free < (int) @filesize( $zip ) && Countersign_Archive::stored_tree( $zip ) === $part['tree'] && self::remove( $part['path'] ) && Countersign_Archive::unpack( $zip, $folder, $part );
		}

		private static function remove( string $path ): bool {
			if ( is_link( $path ) || is_file( $path ) ) {
				return @unlink( $path );
			}
			if ( ! is_dir( $path ) ) {
				return true;
			}
			foreach ( array_diff( (array) scandir( $path ), array( '.', '..' ) ) as $name ) {
				self::remove( $path . '/' . $name );
			}
			return @rmdir( $path );
		}

		private static function forget_compiled( string $path ): void {
			foreach ( array_keys( is_dir( $path ) && function_exists( 'opcache_invalidate' ) ? (array) Countersign_Archive::files( $path, '' ) : array() ) as $name ) {
				'.php' === substr( (string) $name, -4 ) && @opcache_invalidate( $path . '/' . $name, true );
			}
		}

		private static function end_maintenance(): void {
			$file = defined( 'ABSPATH' ) ? ABSPATH . '.maintenance' : '';
			if ( '' !== $file && is_file( $file ) && false !== strpos( (string) file_get_contents( $file ), 'countersign' ) ) {
				@unlink( $file );
			}
		}

		private static function answer_later(): void {
			if ( ! headers_sent() ) {
				header( 'HTTP/1.1 503 Service Unavailable', true, 503 );
				header( 'Retry-After: 5' );
				header( 'Content-Type: text/plain; charset=utf-8' );
			}
			exit( 'This site is being put back as it was. Please try again in a moment.' );
		}
	}
}
