<?php
/**
 * Is this the pairing that the open window waits for?
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * The control plane's side of a pairing, in its own order since the key stands inside: `payload,
 * claim, kid, key, signature`, then as for any other kind. A site never receives one; this is here
 * so that both implementations can be held to one suite.
 */
final class Pairing_Verifier {
	/** @var array{iss: string, aud: string, now: int, home: string, trust: string, by: string} */
	private $facts;

	/**
	 * @param array{iss: string, aud: string, now: int, home: string, trust: string, by: string} $facts What the window holds; `by` is the pairing key, base64url.
	 */
	public function __construct( array $facts ) {
		$this->facts = $facts;
	}

	/**
	 * @param array<array-key, mixed> $texts What came beside the token, by name.
	 */
	public function verify( string $token, array $texts ): Verdict {
		$parsed = Token_Profile::parse( $token, $texts );
		if ( '' !== $parsed['reason'] ) {
			return Verdict::refused( $parsed['reason'] );
		}
		$claims = Token_Profile::payload( $parsed['payload'] );
		if ( null === $claims ) {
			return Verdict::refused( 'payload' );
		}
		$reason = $this->key_fault( $parsed, $claims ) ?? Envelope::fault( 'pairing', $parsed['typ'], $claims, $this->facts );
		if ( null !== $reason ) {
			return Verdict::refused( $reason );
		}
		return Claims::texts_fit( 'pairing', $texts, $claims ) ? Verdict::accepted( $claims, $token, 'action' ) : Verdict::refused( 'beside' );
	}

	private function key_fault( array $parsed, array $claims ): ?string {
		if ( ! Claims::fit( 'pairing', $claims ) || ! $this->is_of_window( $claims ) ) {
			return 'claim';
		}
		if ( Ed25519::kid( $claims['key'] ) !== $parsed['kid'] ) {
			return 'kid';
		}
		if ( ! Pinned_Keys::is_strong( $claims['key'] ) ) {
			return 'key';
		}
		return Ed25519::verify( $parsed['signature'], $parsed['signed'], (string) Base64url::decode( $claims['key'] ) ) ? null : 'signature';
	}

	private function is_of_window( array $claims ): bool {
		$signed = $claims;
		unset( $signed['by'] );
		return $claims['home'] === $this->facts['home'] && $claims['trust'] === $this->facts['trust']
			&& Pinned_Keys::is_strong( $this->facts['by'] )
			&& Ed25519::verify( (string) Base64url::decode( $claims['by'] ), Canonical_Json::encode( $signed ), (string) Base64url::decode( $this->facts['by'] ) );
	}
}
