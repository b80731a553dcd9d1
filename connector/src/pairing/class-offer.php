<?php
/**
 * The pairing string that an administrator was given.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Pairing;

use Countersign\Protocol\Base64url;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Digest;
use Countersign\Protocol\Ed25519;
use Countersign\Protocol\Token_Writer;
use Countersign\State\Trust;
use InvalidArgumentException;

defined( 'ABSPATH' ) || exit;

/**
 * Whom this site shall believe, and the secret that proves to them that it was asked. Read once,
 * and kept nowhere.
 */
final class Offer {
	private const NAMES       = array( 'action', 'cp', 'epoch', 'gen', 'home', 'kver', 'log', 'recovery', 's', 'site', 'url' );
	private const ANSWERED    = array( 'action', 'cp', 'epoch', 'gen', 'kver', 'log', 'recovery', 'site' );
	private const MAX_BYTES   = 2000;
	private const SECRET_SIZE = 16;

	/** @var array<string, mixed> */
	private $members;

	/** @var Trust */
	private $trust;

	private function __construct( array $members, Trust $trust ) {
		$this->members = $members;
		$this->trust   = $trust;
	}

	/**
	 * Reads a pasted string. White space around it and line breaks inside it come from screens and
	 * are passed over; anything else has to be exactly as it was written.
	 *
	 * @throws InvalidArgumentException When it is not such a string, or names a weak key.
	 */
	public static function read( string $pasted ): self {
		$text    = (string) preg_replace( '/\s+/', '', $pasted );
		$json    = strlen( $text ) <= self::MAX_BYTES ? Base64url::decode( $text ) : null;
		$members = null === $json || '' === $json ? null : Canonical_Json::decode( $json );
		if ( null === $members || array_keys( $members ) !== self::NAMES ) {
			throw new InvalidArgumentException( __( 'This is not a pairing string, or not all of it. Copy the whole string that countersign pair printed.', 'countersign' ) );
		}
		$secret = is_string( $members['s'] ) ? Base64url::decode_length( $members['s'], self::SECRET_SIZE ) : null;
		if ( null === $secret || ! is_string( $members['url'] ) || ! self::is_reachable( $members['url'] ) ) {
			throw new InvalidArgumentException( __( 'This pairing string is damaged.', 'countersign' ) );
		}
		return new self( $members, self::trust_of( $members ) );
	}

	/** What this site pins. */
	public function trust(): Trust {
		return $this->trust;
	}

	/** Where the token goes; empty where a person carries it. */
	public function url(): string {
		return $this->members['url'];
	}

	/** Digest of the answer that named the control plane's keys. */
	public function trust_digest(): string {
		return Digest::of( Canonical_Json::encode( array_intersect_key( $this->members, array_flip( self::ANSWERED ) ) ) );
	}

	/** The pairing key: 64 bytes as libsodium takes them. */
	public function pairing_key(): string {
		$info = Canonical_Json::encode( array( 'countersign pairing v1', $this->members['site'] ) );
		$seed = hash_hkdf( 'sha256', (string) Base64url::decode( $this->members['s'] ), 32, $info, '' );
		return Token_Writer::secret_of( $seed );
	}

	/** What this screen and the pull request both show, for a new site key. */
	public function words( string $key ): string {
		$shown         = array_intersect_key( $this->members, array_flip( self::ANSWERED ) );
		$shown['home'] = $this->members['home'];
		$shown['key']  = $key;
		return Six_Words::of( Canonical_Json::encode( $shown ) );
	}

	/** Inventories go there later: over TLS, unless it is this very machine. */
	private static function is_reachable( string $url ): bool {
		return '' === $url || ( strlen( $url ) <= 300 && 1 === preg_match( '~^(?:https://[^\s?#@]+|http://(?:127\.0\.0\.1|localhost)(?::\d+)?(?:/[^\s?#@]*)?)$~D', $url ) );
	}

	private static function trust_of( array $members ): Trust {
		$keys = array();
		foreach ( array( 'action', 'log', 'recovery' ) as $use ) {
			$x      = is_string( $members[ $use ] ) ? $members[ $use ] : '';
			$keys[] = array(
				'kid' => Ed25519::kid( $x ),
				'use' => $use,
				'x'   => $x,
			);
		}
		return Trust::of(
			array(
				'cp'    => $members['cp'],
				'epoch' => $members['epoch'],
				'gen'   => $members['gen'],
				'home'  => $members['home'],
				'keys'  => $keys,
				'kver'  => $members['kver'],
				'since' => 0,
				'site'  => $members['site'],
				'url'   => $members['url'],
			)
		);
	}
}
