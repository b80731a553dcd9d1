<?php
/**
 * The connector's verifiers for `npm run conformance -- --impl php`: one JSON line in, one reason
 * out; an empty one accepts. The lines are read and checked by src/cli/conformance-line.ts.
 *
 * @package Countersign
 * @license GPL-2.0-or-later
 */

declare(strict_types=1);

use Countersign\Protocol\Pairing_Verifier;
use Countersign\Protocol\Pinned_Keys;
use Countersign\Protocol\Token_Verifier;

define( 'ABSPATH', __DIR__ );
require __DIR__ . '/../connector/src/autoload.php';
ini_set( 'memory_limit', '512M' );

/**
 * @param array<string, mixed> $message A line as src/cli/conformance-php.ts writes it.
 */
function countersign_conformance_reason( array $message ): string {
	$facts = array(
		'iss' => $message['iss'],
		'aud' => $message['aud'],
		'now' => $message['now'],
	);
	if ( 'pairing' === $message['kind'] ) {
		$facts += array(
			'home'  => $message['home'],
			'trust' => $message['trust'],
			'by'    => $message['pairingKey'],
		);
		return ( new Pairing_Verifier( $facts ) )->verify( $message['token'], $message['texts'] )->reason;
	}
	$keys     = array_column( $message['keys'], 1, 0 );
	$verifier = new Token_Verifier( new Pinned_Keys( $keys ), $facts + array( 'epoch' => $message['epoch'] ) );
	return $verifier->verify( $message['kind'], $message['token'], $message['texts'] )->reason;
}

while ( true ) {
	$line = fgets( STDIN );
	if ( false === $line ) {
		break;
	}
	fwrite( STDOUT, countersign_conformance_reason( json_decode( $line, true, 512, JSON_THROW_ON_ERROR ) ) . "\n" );
}
