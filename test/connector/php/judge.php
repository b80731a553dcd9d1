<?php
/**
 * Runs cases of test/vectors/ through the connector's own verifiers, on bare PHP. One JSON line in,
 * `{"what": …, "case": {…}}`, is one JSON line out.
 */

declare(strict_types=1);

use Countersign\Protocol\Base64url;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Checkpoint;
use Countersign\Protocol\Digest;
use Countersign\Protocol\Log_Proof;
use Countersign\Protocol\Pairing_Verifier;
use Countersign\Protocol\Pinned_Keys;
use Countersign\Protocol\Token_Verifier;
use Countersign\Protocol\Verdict;

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
	require dirname( __DIR__, 3 ) . '/connector/src/autoload.php';
}
if ( 'sodium_compat' === ( $argv[1] ?? '' ) ) {
	require $argv[2] . '/autoload.php';
	require __DIR__ . '/sodium-compat.php';
}

function kind_of( string $typ ): string {
	return preg_replace( '/^cs-(.*)\+jwt$/D', '$1', $typ );
}

function judge_token( array $one ): Verdict {
	if ( 'cs-pairing+jwt' === $one['typ'] ) {
		return ( new Pairing_Verifier( array( 'by' => $one['by']['x'] ) + $one ) )->verify( $one['token'], $one['beside'] );
	}
	return ( new Token_Verifier( new Pinned_Keys( $one['keys'] ), $one ) )->verify( kind_of( $one['typ'] ), $one['token'], $one['beside'] );
}

function judge_proof( array $one ): ?string {
	$head  = array(
		'size' => $one['seen']['size'],
		'root' => hex2bin( substr( $one['seen']['root'], 7 ) ),
	);
	$judge = new Log_Proof( Base64url::decode( $one['key'] ), $one['repo'], substr( $one['claims']['aud'], 5 ) );
	$why   = $judge->judge( $one['proof'], $one['claims'], $head )['why'];
	return 'none' === $why ? null : $why;
}

function judge( string $what, array $one ) {
	switch ( $what ) {
		case 'token':
			return judge_token( $one )->reason ?: null;
		case 'proof':
			return judge_proof( $one );
		case 'checkpoint':
			$head = Checkpoint::verified( $one['checkpoint'], 'countersign/' . $one['repo'], Base64url::decode( $one['key'] ) );
			return null === $head ? null : array( 'size' => $head->size, 'root' => 'sha256:' . bin2hex( $head->root ) );
		case 'canonical':
			return null !== Canonical_Json::decode( $one['text'] );
		case 'action-id':
			return Digest::action_id( $one['identity'] );
	}
}

$lines = defined( 'COUNTERSIGN_JUDGE_LINES' ) ? COUNTERSIGN_JUDGE_LINES : stream_get_contents( STDIN );
foreach ( explode( "\n", trim( $lines ) ) as $line ) {
	$asked = json_decode( $line, true );
	echo json_encode( array( 'id' => $asked['case']['id'], 'verdict' => judge( $asked['what'], $asked['case'] ) ) ), "\n";
}
