<?php
/**
 * Signs what this site says.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Protocol\Base64url;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Claims;
use Countersign\Protocol\Digest;
use Countersign\Protocol\Token_Writer;
use Countersign\State\Ledger;
use Countersign\State\Level;
use Countersign\State\Log_Head;
use Countersign\State\Site_Key;
use Countersign\State\Trust;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * Evidence and receipts, each with its detail text beside it. Every one names the newest log head.
 */
final class Speaker {
	/** @var Trust */
	private $trust;

	/** @var Token_Writer */
	private $writer;

	/**
	 * @throws RuntimeException When the site's key is gone: then it says nothing.
	 */
	public function __construct( Trust $trust ) {
		$writer = Site_Key::writer( $trust->epoch() );
		if ( null === $writer ) {
			throw new RuntimeException( 'the site key is gone' );
		}
		$this->trust  = $trust;
		$this->writer = $writer;
	}

	/**
	 * An answer to one query, or "not run".
	 *
	 * @param string               $re     Digest of the token answered.
	 * @param array<string, mixed> $detail What stands beside it.
	 * @return array{token: string, detail: string}
	 */
	public function evidence( string $re, string $answer, array $detail, string $why = 'none' ): array {
		$now    = time();
		$text   = Canonical_Json::encode( array( 'version' => 1 ) + $detail );
		$claims = $this->common( $now ) + array(
			'ans' => $answer,
			'det' => Digest::of( $text ),
			'exp' => $now + Claims::limits()['lifetime_seconds'],
			'jti' => Base64url::encode( random_bytes( 16 ) ),
			're'  => $re,
			'why' => $why,
		);
		return array(
			'token'  => $this->writer->write( 'evidence', $claims ),
			'detail' => $text,
		);
	}

	/**
	 * The receipt of one action, as it is stored before it is sent.
	 *
	 * @param array<string, mixed> $said   The claims `sub, re, plan, pre, post, out, mode, t0`.
	 * @param array<string, mixed> $detail What was read back.
	 * @return array{outcome: string, rseq: int, token: string, detail: string}
	 */
	public function receipt( array $said, array $detail ): array {
		$text   = Canonical_Json::encode( array( 'version' => 1 ) + $detail );
		$chain  = Ledger::chain( $this->trust->epoch() );
		$claims = $this->common( time() ) + $chain + $said + array(
			'det' => Digest::of( $text ),
			't1'  => max( time(), $said['t0'] ),
		);
		return array(
			'outcome' => $said['out'],
			'rseq'    => $chain['rseq'],
			'token'   => $this->writer->write( 'receipt', $claims ),
			'detail'  => $text,
		);
	}

	/**
	 * The token of one heartbeat.
	 *
	 * @param int    $number    Higher than any before in this epoch.
	 * @param int    $every     Seconds until the next one.
	 * @param string $inventory Digest of the inventory's text.
	 */
	public function heartbeat( int $number, int $every, string $inventory ): string {
		$now = time();
		return $this->writer->write(
			'heartbeat',
			$this->common( $now ) + array(
				'every' => $every,
				'exp'   => $now + Claims::limits()['lifetime_seconds'],
				'hbseq' => $number,
				'inv'   => $inventory,
				'jti'   => Base64url::encode( random_bytes( 16 ) ),
				'last'  => Ledger::chain( $this->trust->epoch() )['prev'],
			)
		);
	}

	/** @return array<string, mixed> Claims that every answer has. */
	private function common( int $now ): array {
		return Log_Head::claims() + array(
			'aud'   => $this->trust->control_plane(),
			'build' => Build::digest(),
			'epoch' => $this->trust->epoch(),
			'iat'   => $now,
			'iss'   => $this->trust->party(),
			'lvl'   => Level::now(),
			'proto' => Claims::proto(),
			'ver'   => COUNTERSIGN_VERSION,
		);
	}
}
