<?php
/**
 * Is this token, of this kind, from whom it says and for us, now?
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * One check after the other; the first that fails names the reason, the same as the TypeScript
 * verifier's on every input. Keys, names, epoch and time are facts passed in: nothing in a token
 * chooses a key's algorithm, a rule or a table. Runs without WordPress.
 */
final class Token_Verifier {
	/** @var Pinned_Keys */
	private $keys;

	/** @var array{iss: string, aud: string, epoch: int|null, now: int} */
	private $facts;

	/**
	 * @param Pinned_Keys                                           $keys  What is pinned here.
	 * @param array{iss: string, aud: string, epoch: int|null, now: int} $facts Who must have sent it, for whom it must be, the pairing's epoch, and Unix time.
	 */
	public function __construct( Pinned_Keys $keys, array $facts ) {
		$this->keys  = $keys;
		$this->facts = $facts;
	}

	/**
	 * Judges a token of any kind but a pairing.
	 *
	 * @param string                  $kind  The kind expected: `action`, `query` and so on.
	 * @param array<array-key, mixed> $texts What came beside the token, by name.
	 */
	public function verify( string $kind, string $token, array $texts ): Verdict {
		$parsed = Token_Profile::parse( $token, $texts );
		if ( '' !== $parsed['reason'] ) {
			return Verdict::refused( $parsed['reason'] );
		}
		$key = $this->keys->find( $parsed['kid'] );
		if ( '' !== $key['reason'] ) {
			return Verdict::refused( $key['reason'] );
		}
		if ( ! self::may_sign( $kind, $key['use'] ) ) {
			return Verdict::refused( 'key' );
		}
		if ( ! Ed25519::verify( $parsed['signature'], $parsed['signed'], (string) Base64url::decode( $key['x'] ) ) ) {
			return Verdict::refused( 'signature' );
		}
		$claims = Token_Profile::payload( $parsed['payload'] );
		if ( null === $claims ) {
			return Verdict::refused( 'payload' );
		}
		$reason = $this->claim_fault( $kind, $claims, $key['use'] ) ?? Envelope::fault( $kind, $parsed['typ'], $claims, $this->facts );
		if ( null !== $reason ) {
			return Verdict::refused( $reason );
		}
		if ( ! Claims::texts_fit( $kind, $texts, $claims ) ) {
			return Verdict::refused( 'beside' );
		}
		return Verdict::accepted( $claims, $token, $key['use'] );
	}

	/** A log key signs notes and the recovery key signs key-sets: as a signer of this they are weak. */
	private static function may_sign( string $kind, string $key_use ): bool {
		return 'action' === $key_use || ( 'keyset' === $kind && 'recovery' === $key_use );
	}

	private function claim_fault( string $kind, array $claims, string $key_use ): ?string {
		if ( ! self::speaks_proto( $kind, $claims ) || ! Claims::fit( $kind, $claims ) ) {
			return 'claim';
		}
		if ( 'evidence' === $kind && ( 'not_run' === $claims['ans'] ) !== ( 'none' !== $claims['why'] ) ) {
			return 'claim';
		}
		if ( 'keyset' === $kind && ! Keyset_Rules::allow( $claims, $this->keys, $key_use ) ) {
			return 'claim';
		}
		return null;
	}

	/** Read before the claims table, which may differ in another protocol. We speak N and N - 1. */
	private static function speaks_proto( string $kind, array $claims ): bool {
		if ( ! in_array( 'proto', Claims::names( $kind ), true ) ) {
			return true;
		}
		return in_array( $claims['proto'] ?? null, array( Claims::proto(), Claims::proto() - 1 ), true );
	}
}
