<?php
/**
 * Whom this site believes: beginning, changing and ending it.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Pairing;

use Countersign\Action\Maintenance;
use Countersign\Beat\Schedule;
use Countersign\Connector;
use Countersign\Live\Closed_Site;
use Countersign\State\Database;
use Countersign\State\Facts;
use Countersign\State\Level;
use Countersign\State\Log_Head;
use Countersign\State\Site_Key;
use Countersign\State\Storage;
use Countersign\State\Trust;
use Countersign\Stub_Installer;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * A first pairing is in force at once: its control plane sends nothing but questions before the
 * merge. A later one stands beside it, and answers `hello` and `inventory` alone, until a message
 * of the new epoch says that it was merged; then the old one is dead.
 */
final class Pin {
	private const SHOWN = 'pairing_shown';

	/**
	 * Pins a control plane and makes this site's key for it.
	 *
	 * @return string The site's public key, base64url.
	 * @throws RuntimeException When this site cannot be paired, or not with this control plane.
	 */
	public static function pin( Trust $trust ): string {
		if ( is_multisite() || PHP_INT_SIZE < 8 ) {
			throw new RuntimeException( __( 'Multisite networks and 32-bit PHP are not supported.', 'countersign' ) );
		}
		if ( ! $trust->is_at_home() ) {
			/* translators: %s: the address that the pairing string is for. */
			throw new RuntimeException( sprintf( __( 'This pairing string is for %s, which is not the address of this site.', 'countersign' ), $trust->home() ) );
		}
		$current = Connector::is_paired() ? Trust::load() : null;
		if ( null !== $current && ! $trust->follows( self::beside() ?? $current ) ) {
			throw new RuntimeException( __( 'This site is paired with another control plane, as another site, or with a newer string. Unpair it first.', 'countersign' ) );
		}
		if ( '' === Storage::prepare() || ! Database::install() ) {
			throw new RuntimeException( __( 'There is no folder, or no table, that the plugin could write to.', 'countersign' ) );
		}
		$writer = Site_Key::make( $trust->epoch() );
		if ( null === $current ) {
			Log_Head::forget();
		}
		if ( ! ( null === $current ? $trust->save() : $trust->save_beside() ) ) {
			throw new RuntimeException( __( 'What was to be pinned cannot be stored.', 'countersign' ) );
		}
		update_option( Connector::PAIRED_OPTION, '1', true );
		Stub_Installer::install();
		return $writer->x();
	}

	/** Takes back what `pin()` did; what stood beside before stands there again. */
	public static function undo( Trust $trust, ?Trust $beside ): void {
		$current = Trust::load();
		if ( null === $current || $current->epoch() === $trust->epoch() ) {
			self::unpin();
			return;
		}
		null === $beside ? Trust::forget_beside() : $beside->save_beside();
		Site_Key::forget( $trust->epoch() );
	}

	/** The later epoch that waits for its merge; null where there is none. */
	public static function beside(): ?Trust {
		return Connector::is_paired() ? Trust::load_beside() : null;
	}

	/**
	 * A message of this epoch, other than `hello` and `inventory`, was verified: it is the one in
	 * force, and begins anew where it took another's place.
	 */
	public static function confirm( Trust $trust ): Trust {
		if ( null !== Facts::get( self::SHOWN ) ) {
			Facts::forget( self::SHOWN );
		}
		$current = Trust::load();
		if ( null === $current || $current->epoch() >= $trust->epoch() ) {
			return $trust;
		}
		$trust->save();
		Trust::forget_beside();
		Log_Head::forget();
		Level::forget();
		Site_Key::forget( $current->epoch() );
		return $trust;
	}

	/** Forgets whom the site believed, its key and its ledger. */
	public static function unpin(): void {
		Schedule::forget();
		Stub_Installer::remove();
		Window::close();
		delete_option( Connector::PAIRED_OPTION );
		delete_option( Closed_Site::OPTION );
		Maintenance::forget();
		Database::drop();
		Storage::remove();
	}

	/**
	 * Keeps what the screen shows until the pairing is confirmed: the words, and in Action mode the
	 * token. Neither is secret.
	 */
	public static function show( string $words, string $token ): void {
		Facts::set( self::SHOWN, time(), $words . "\n" . $token );
	}

	/** @return array{words: string, token: string}|null What is to be compared; null once that is over. */
	public static function shown(): ?array {
		$fact  = Facts::get( self::SHOWN );
		$lines = null === $fact ? array() : explode( "\n", $fact['body'] );
		return 2 !== count( $lines ) ? null : array(
			'words' => $lines[0],
			'token' => $lines[1],
		);
	}
}
