<?php
/**
 * What is not on record cannot run: the proof that an action's authorisation is in the audit log.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Judges `proof` against the pinned log key and the newest head this site has verified. Pure:
 * nothing is stored here. docs/protocol.md, "The signed action" and "Audit log".
 */
final class Log_Proof {
	private const MEMBERS = array( 'checkpoint', 'consistency', 'from', 'inclusion', 'line' );

	/** Members of an authorisation line that the token repeats. */
	private const SHARED = array( 'evd', 'merge', 'mode', 'plan', 'pol', 'pr', 'pre', 'sub' );

	private const LINE_MEMBERS = array( 'at', 'attempt', 'evd', 'fleet', 'kind', 'merge', 'mode', 'plan', 'pol', 'pr', 'pre', 'site', 'sub' );

	private const MAX_HASHES = 64;

	/** @var string Raw 32 bytes of the log's public key. */
	private $log_key;

	/** @var int Numeric id of the control repository. */
	private $repository;

	/** @var string This site's name, without prefix. */
	private $site;

	public function __construct( string $log_key, int $repository, string $site ) {
		$this->log_key    = $log_key;
		$this->repository = $repository;
		$this->site       = $site;
	}

	/**
	 * Judges a proof.
	 *
	 * @param array<string, mixed>            $claims Verified claims of the action.
	 * @param array{size: int, root: string}  $head   Newest verified head; size 0 where there is none, root raw.
	 * @return array{why: string, checkpoint: Checkpoint|null} `why` is `none`, `log_invalid`, `log_stale` or `log_fork`; with a fork the checkpoint is the other one.
	 */
	public function judge( string $text, array $claims, array $head ): array {
		$proof      = $this->parse( $text );
		$checkpoint = null === $proof ? null : Checkpoint::verified( $proof['checkpoint'], 'countersign/' . $this->repository, $this->log_key );
		if ( null === $proof || null === $checkpoint ) {
			return self::verdict( 'log_invalid', null );
		}
		$why = self::growth_fault( $proof, $checkpoint, $head );
		if ( 'none' !== $why ) {
			return self::verdict( $why, $checkpoint );
		}
		$included = Merkle::includes( Merkle::leaf( $proof['line'] ), $claims['seq'], $checkpoint->size, $proof['inclusion'], $checkpoint->root );
		$agrees   = $included && $this->line_agrees( $proof['line'], $claims );
		return self::verdict( $agrees ? 'none' : 'log_invalid', $checkpoint );
	}

	private static function verdict( string $why, ?Checkpoint $checkpoint ): array {
		return array(
			'why'        => $why,
			'checkpoint' => $checkpoint,
		);
	}

	private static function growth_fault( array $proof, Checkpoint $checkpoint, array $head ): string {
		if ( $checkpoint->size < $head['size'] ) {
			return 'log_stale';
		}
		if ( $checkpoint->size === $head['size'] ) {
			return 0 === $head['size'] || hash_equals( $head['root'], $checkpoint->root ) ? 'none' : 'log_fork';
		}
		if ( $proof['from'] !== $head['size'] ) {
			return 'log_stale';
		}
		if ( 0 === $head['size'] ) {
			return array() === $proof['consistency'] ? 'none' : 'log_invalid';
		}
		$grown = Merkle::extends_tree( $head['size'], $head['root'], $checkpoint->size, $checkpoint->root, $proof['consistency'] );
		return $grown ? 'none' : 'log_invalid';
	}

	/**
	 * @return array{checkpoint: string, consistency: string[], from: int, inclusion: string[], line: string}|null Hashes raw.
	 */
	private function parse( string $text ): ?array {
		$proof = Canonical_Json::decode( $text );
		if ( null === $proof || array_keys( $proof ) !== self::MEMBERS ) {
			return null;
		}
		$proof['consistency'] = self::hashes( $proof['consistency'] );
		$proof['inclusion']   = self::hashes( $proof['inclusion'] );
		$complete             = null !== $proof['consistency'] && null !== $proof['inclusion']
			&& is_string( $proof['checkpoint'] ) && is_string( $proof['line'] )
			&& is_int( $proof['from'] ) && $proof['from'] >= 0;
		return $complete ? $proof : null;
	}

	/**
	 * @param mixed $given A list of 64 hex digits each.
	 * @return string[]|null
	 */
	private static function hashes( $given ): ?array {
		if ( ! is_array( $given ) || count( $given ) > self::MAX_HASHES ) {
			return null;
		}
		$hashes = array();
		foreach ( $given as $hex ) {
			if ( ! is_string( $hex ) || 1 !== preg_match( '/^[0-9a-f]{64}$/D', $hex ) ) {
				return null;
			}
			$hashes[] = (string) hex2bin( $hex );
		}
		return $hashes;
	}

	/** The line is an authorisation of exactly this action for exactly this site. */
	private function line_agrees( string $text, array $claims ): bool {
		$line = Canonical_Json::decode( $text );
		if ( null === $line || array_keys( $line ) !== self::LINE_MEMBERS ) {
			return false;
		}
		if ( 'authorised' !== $line['kind'] || $line['site'] !== $this->site || ! is_int( $line['attempt'] ) || $line['attempt'] < 1 ) {
			return false;
		}
		foreach ( self::SHARED as $name ) {
			if ( $line[ $name ] !== $claims[ $name ] ) {
				return false;
			}
		}
		$identity = array_intersect_key( $line, array_flip( array( 'attempt', 'merge', 'mode', 'plan', 'site' ) ) );
		return Digest::action_id( $identity + array( 'repo' => $this->repository ) ) === $claims['sub'];
	}
}
