<?php
/**
 * What the verifier says about one token.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Either accepted, with the claims, or refused with the first reason that failed.
 */
final class Verdict {
	/** @var string One of the closed list in docs/protocol.md; empty when accepted. */
	public $reason;

	/** @var array<string, mixed> The verified claims; empty when refused. */
	public $claims;

	/** @var string Digest of the compact token; empty when refused. */
	public $digest;

	/** @var string Which key signed: `action`, `log` or `recovery`; empty when refused. */
	public $key_use;

	private function __construct( string $reason, array $claims, string $digest, string $key_use ) {
		$this->reason  = $reason;
		$this->claims  = $claims;
		$this->digest  = $digest;
		$this->key_use = $key_use;
	}

	public static function refused( string $reason ): self {
		return new self( $reason, array(), '', '' );
	}

	public static function accepted( array $claims, string $token, string $key_use ): self {
		return new self( '', $claims, Digest::of( $token ), $key_use );
	}

	public function is_accepted(): bool {
		return '' === $this->reason;
	}
}
