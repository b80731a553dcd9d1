<?php
/**
 * One pairing, from the pasted string to the control plane's answer.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Pairing;

use Countersign\Answer\Build;
use Countersign\Beat\Post;
use Countersign\Protocol\Base64url;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Claims;
use Countersign\Protocol\Digest;
use Countersign\State\Site_Key;
use RuntimeException;
use Throwable;

defined( 'ABSPATH' ) || exit;

/**
 * What goes wrong leaves the site as it was: the key that was made is forgotten with the string.
 */
final class Exchange {
	private const TIMEOUT = 20;

	/**
	 * Pairs this site.
	 *
	 * @return array{words: string, token: string, site: string} The token is empty where it was sent and taken.
	 * @throws Throwable Saying to the administrator what is wrong.
	 */
	public static function run( string $pasted ): array {
		$offer  = Offer::read( $pasted );
		$trust  = $offer->trust();
		$beside = Pin::beside();
		$key    = Pin::pin( $trust );
		try {
			$token = self::token( $offer );
			if ( '' !== $offer->url() ) {
				self::send( $offer->url(), $token );
				$token = '';
			}
			$words = $offer->words( $key );
			Pin::show( $words, $token );
		} catch ( Throwable $error ) {
			Pin::undo( $trust, $beside );
			throw $error;
		}
		if ( null !== $beside ) {
			Site_Key::forget( $beside->epoch() );
		}
		return array(
			'words' => $words,
			'token' => $token,
			'site'  => $trust->site(),
		);
	}

	/** Signed by this site's new key, and in `by` by the pairing key: that it was shown the string. */
	private static function token( Offer $offer ): string {
		$trust  = $offer->trust();
		$writer = Site_Key::writer( $trust->epoch() );
		if ( null === $writer ) {
			throw new RuntimeException( __( 'The site key cannot be kept.', 'countersign' ) );
		}
		$now          = time();
		$claims       = array(
			'aud'   => $trust->control_plane(),
			'build' => Build::digest(),
			'exp'   => $now + Claims::limits()['lifetime_seconds'],
			'home'  => Digest::of( $trust->home() ),
			'iat'   => $now,
			'iss'   => $trust->party(),
			'jti'   => Base64url::encode( random_bytes( 16 ) ),
			'key'   => $writer->x(),
			'trust' => $offer->trust_digest(),
			'ver'   => COUNTERSIGN_VERSION,
		);
		$claims['by'] = Base64url::encode( sodium_crypto_sign_detached( Canonical_Json::encode( $claims ), $offer->pairing_key() ) );
		return $writer->write( 'pairing', $claims );
	}

	/**
	 * @throws RuntimeException When the control plane is not reached or does not take it.
	 */
	private static function send( string $url, string $token ): void {
		$answer = wp_safe_remote_post(
			$url . Post::ROUTE,
			array(
				'timeout'             => self::TIMEOUT,
				'redirection'         => 0,
				'limit_response_size' => 65536,
				'headers'             => array( 'Content-Type' => 'application/json' ),
				'body'                => wp_json_encode( array( 'token' => $token ) ),
			)
		);
		if ( is_wp_error( $answer ) ) {
			/* translators: 1: address of the control plane, 2: what went wrong. */
			throw new RuntimeException( sprintf( __( '%1$s was not reached: %2$s. Nothing was kept; paste the string again.', 'countersign' ), $url, $answer->get_error_message() ) );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		if ( 401 === $status ) {
			throw new RuntimeException( __( 'The control plane did not accept this string: its time may be over, it may have been used or replaced, or the clock of this server may be wrong. Nothing was kept; ask for a new string.', 'countersign' ) );
		}
		if ( 200 !== $status ) {
			/* translators: 1: address of the control plane, 2: HTTP status. */
			throw new RuntimeException( sprintf( __( '%1$s answered with status %2$d. Nothing was kept; try again in a minute.', 'countersign' ), $url, $status ) );
		}
	}
}
