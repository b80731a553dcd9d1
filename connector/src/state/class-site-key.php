<?php
/**
 * This site's own key pairs: one for each epoch.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Files\Folder;
use Countersign\Protocol\Base64url;
use Countersign\Protocol\Token_Writer;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * The private half is made here and never leaves. It is kept outside the web root where that is
 * writable; or, where a person put it there, in the constant `COUNTERSIGN_SITE_KEY`; or encrypted
 * in the database with a key from wp-config.php, which protects a stolen database dump, not a
 * stolen site.
 */
final class Site_Key {
	private const FACT = 'site_key_';
	private const FILE = 'site-key-';

	/**
	 * Makes a new pair, or takes the one of the constant.
	 *
	 * @throws RuntimeException When it can be kept nowhere.
	 */
	public static function make( int $epoch ): Token_Writer {
		if ( null === self::from_constant() ) {
			$secret = Token_Writer::secret_of( random_bytes( 32 ) );
			self::forget( $epoch );
			if ( ! self::keep( $epoch, $secret ) || self::secret( $epoch ) !== $secret ) {
				throw new RuntimeException( 'the site key cannot be kept' );
			}
		}
		return new Token_Writer( (string) self::secret( $epoch ) );
	}

	/** What signs for this site; null where the key is gone. */
	public static function writer( int $epoch ): ?Token_Writer {
		$secret = self::secret( $epoch );
		return null === $secret ? null : new Token_Writer( $secret );
	}

	/** Where the private half is: `file`, `constant`, `database` or `none`. */
	public static function place( int $epoch ): string {
		if ( null !== self::from_constant() ) {
			return 'constant';
		}
		if ( null !== self::from_file( $epoch ) ) {
			return 'file';
		}
		return null !== self::from_database( $epoch ) ? 'database' : 'none';
	}

	public static function forget( int $epoch ): void {
		Folder::remove( Storage::in( self::FILE . $epoch ) );
		Facts::forget( self::FACT . $epoch );
	}

	private static function secret( int $epoch ): ?string {
		return self::from_constant() ?? self::from_file( $epoch ) ?? self::from_database( $epoch );
	}

	private static function keep( int $epoch, string $secret ): bool {
		if ( Storage::is_outside_web_root() && Folder::write( Storage::in( self::FILE . $epoch ), Base64url::encode( $secret ) ) ) {
			return true;
		}
		$nonce = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		return Facts::set( self::FACT . $epoch, 0, Base64url::encode( $nonce . sodium_crypto_secretbox( $secret, $nonce, self::wrapping_key() ) ) );
	}

	private static function from_constant(): ?string {
		$seed = defined( 'COUNTERSIGN_SITE_KEY' ) && is_string( COUNTERSIGN_SITE_KEY ) ? Base64url::decode_length( COUNTERSIGN_SITE_KEY, 32 ) : null;
		return null === $seed ? null : Token_Writer::secret_of( $seed );
	}

	private static function from_file( int $epoch ): ?string {
		$file = Storage::in( self::FILE . $epoch );
		$text = is_file( $file ) ? file_get_contents( $file ) : false;
		return is_string( $text ) ? Base64url::decode_length( $text, SODIUM_CRYPTO_SIGN_SECRETKEYBYTES ) : null;
	}

	private static function from_database( int $epoch ): ?string {
		$fact  = Facts::get( self::FACT . $epoch );
		$bytes = null === $fact ? null : Base64url::decode( $fact['body'] );
		if ( null === $bytes || strlen( $bytes ) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ) {
			return null;
		}
		$nonce  = substr( $bytes, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$secret = sodium_crypto_secretbox_open( substr( $bytes, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ), $nonce, self::wrapping_key() );
		return is_string( $secret ) && SODIUM_CRYPTO_SIGN_SECRETKEYBYTES === strlen( $secret ) ? $secret : null;
	}

	private static function wrapping_key(): string {
		$salts = '';
		foreach ( array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT' ) as $name ) {
			$salts .= defined( $name ) ? (string) constant( $name ) : '';
		}
		return hash_hmac( 'sha256', 'countersign site key v1', $salts, true );
	}
}
