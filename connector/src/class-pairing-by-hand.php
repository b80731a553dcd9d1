<?php
/**
 * Pinning trust by hand, where the exchange of docs/protocol.md, "Pairing", is not used.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign;

use Countersign\State\Database;
use Countersign\State\Log_Head;
use Countersign\State\Site_Key;
use Countersign\State\Storage;
use Countersign\State\Trust;
use InvalidArgumentException;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * For people with a shell or code at the site; no message reaches this.
 */
final class Pairing_By_Hand {
	/**
	 * Pins these public keys and makes the site's own key pair.
	 *
	 * @param array<string, mixed> $trust `cp`, `site`, `home`, `epoch`, `gen`, `kver`, `since`, `keys` (list of `kid`, `use`, `x`).
	 * @return string The site's public key, base64url: the `x` of its JWK.
	 * @throws InvalidArgumentException When something is missing, malformed or weak.
	 * @throws RuntimeException         When this site cannot be paired.
	 */
	public static function pin( array $trust ): string {
		if ( is_multisite() || PHP_INT_SIZE < 8 ) {
			throw new RuntimeException( 'multisite and 32-bit PHP are not supported' );
		}
		$pinned = Trust::of( $trust );
		if ( '' === Storage::prepare() || ! Database::install() ) {
			throw new RuntimeException( 'no folder or no tables for the connector' );
		}
		if ( ! $pinned->is_at_home() ) {
			throw new RuntimeException( 'home is not the stored home of this site' );
		}
		$writer = Site_Key::make();
		Log_Head::forget();
		if ( ! $pinned->save() || null === Trust::load() ) {
			throw new RuntimeException( 'the trust cannot be stored' );
		}
		update_option( Connector::PAIRED_OPTION, '1', true );
		Stub_Installer::install();
		return $writer->x();
	}

	/** Forgets whom the site believed, its key and its ledger. */
	public static function unpin(): void {
		Stub_Installer::remove();
		delete_option( Connector::PAIRED_OPTION );
		delete_option( Live\Closed_Site::OPTION );
		Site_Key::forget();
		Action\Maintenance::forget();
		Database::drop();
		Storage::remove();
	}
}
