<?php
/**
 * `wp countersign`.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign;

use Throwable;
use WP_CLI;

defined( 'ABSPATH' ) || exit;

/**
 * What a person with a shell at the site may do.
 */
final class Command {
	public static function register(): void {
		WP_CLI::add_command( 'countersign', self::class );
	}

	/**
	 * Pins a control plane's public keys by hand and prints the site's public key.
	 *
	 * ## OPTIONS
	 *
	 * <json>
	 * : cp, site, home, epoch, gen, kver, since and keys; see readme.txt.
	 *
	 * @subcommand pair-by-hand
	 *
	 * @param string[] $arguments The JSON text.
	 */
	public function pair_by_hand( array $arguments ): void {
		$trust = json_decode( $arguments[0], true );
		try {
			WP_CLI::line( Pairing_By_Hand::pin( is_array( $trust ) ? $trust : array() ) );
		} catch ( Throwable $error ) {
			WP_CLI::error( $error->getMessage() );
		}
	}

	/**
	 * Forgets the control plane, the site's key and the ledger.
	 */
	public function unpair(): void {
		Pairing_By_Hand::unpin();
		WP_CLI::success( __( 'This site is unpaired.', 'countersign' ) );
	}
}
