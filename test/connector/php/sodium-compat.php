<?php
/**
 * Makes the connector verify with the sodium_compat that WordPress bundles, also where PHP has
 * ext-sodium: an unqualified call finds the function of its own namespace first.
 */

declare(strict_types=1);

namespace Countersign\Protocol;

function sodium_crypto_sign_verify_detached( string $signature, string $message, string $key ): bool {
	return \ParagonIE_Sodium_Core_Ed25519::verify_detached( $signature, $message, $key );
}
