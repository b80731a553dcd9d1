<?php
/**
 * What this site has pinned: whom it believes, and as whom it speaks.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Protocol\Base64url;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Ed25519;
use Countersign\Protocol\Pinned_Keys;
use InvalidArgumentException;

defined( 'ABSPATH' ) || exit;

/**
 * Read from the connector's own table only; no message changes it but a verified key-set.
 */
final class Trust {
	private const FACT   = 'trust';
	private const BESIDE = 'trust_beside';
	private const SITE   = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
	private const USES   = array( 'action', 'log', 'recovery' );
	private const NAMES  = array( 'cp', 'epoch', 'gen', 'home', 'keys', 'kver', 'since', 'site', 'url' );

	/** @var array{cp: string, epoch: int, gen: int, home: string, keys: array<int, array{kid: string, use: string, x: string}>, kver: int, since: int, site: string, url: string} */
	private $pinned;

	private function __construct( array $pinned ) {
		$this->pinned = $pinned;
	}

	/**
	 * Judges what shall be pinned: complete, well-formed, and no weak key.
	 *
	 * @param array<string, mixed> $given `cp` and `site` with or without prefix, `home`, `epoch`, `gen`, `kver`, `keys` (list of `kid`, `use`, `x`), `since`, `url`.
	 * @throws InvalidArgumentException Saying which member is wrong.
	 */
	public static function of( array $given ): self {
		$given += array( 'url' => '' );
		ksort( $given );
		if ( array_keys( $given ) !== self::NAMES ) {
			throw new InvalidArgumentException( 'trust has exactly the members ' . implode( ', ', self::NAMES ) );
		}
		$given['cp']   = 'cp:' . self::part( $given['cp'], '(?:cp:)?([1-9][0-9]{0,15})', 'cp' );
		$given['site'] = 'site:' . self::part( $given['site'], '(?:site:)?(' . self::SITE . ')', 'site' );
		self::part( $given['home'], '(https?://[^\s?#]+)', 'home' );
		foreach ( array( 'epoch', 'gen', 'kver' ) as $name ) {
			if ( ! is_int( $given[ $name ] ) || $given[ $name ] < 1 || $given[ $name ] > Canonical_Json::MAX_INTEGER ) {
				throw new InvalidArgumentException( $name . ' is a whole number from 1' );
			}
		}
		if ( ! is_int( $given['since'] ) || $given['since'] < 0 ) {
			throw new InvalidArgumentException( 'since is a whole number from 0' );
		}
		self::part( $given['url'], '(|https?://[^\s?#]+)', 'url' );
		self::judge_keys( $given['keys'] );
		return new self( $given );
	}

	/** What is pinned; null while the site is unpaired or its trust is unreadable. */
	public static function load(): ?self {
		return self::read( self::FACT );
	}

	/** A later epoch that is not in force yet; null where there is none. */
	public static function load_beside(): ?self {
		$beside = self::read( self::BESIDE );
		$now    = null === $beside ? null : self::load();
		return null !== $now && $beside->follows( $now ) ? $beside : null;
	}

	public function save(): bool {
		return Facts::set( self::FACT, $this->pinned['epoch'], Canonical_Json::encode( $this->pinned ) ) && null !== self::load();
	}

	public function save_beside(): bool {
		return Facts::set( self::BESIDE, $this->pinned['epoch'], Canonical_Json::encode( $this->pinned ) ) && null !== self::load_beside();
	}

	public static function forget_beside(): void {
		Facts::forget( self::BESIDE );
	}

	/** Whether this is a later pairing of the same site with the same control plane. */
	public function follows( self $other ): bool {
		return $this->control_plane() === $other->control_plane() && $this->party() === $other->party() && $this->epoch() > $other->epoch();
	}

	private static function read( string $name ): ?self {
		$fact   = Facts::get( $name );
		$pinned = null === $fact ? null : Canonical_Json::decode( $fact['body'] );
		return null === $pinned || array_keys( $pinned ) !== self::NAMES ? null : new self( $pinned );
	}

	/** `cp:<id>`. */
	public function control_plane(): string {
		return $this->pinned['cp'];
	}

	/** Numeric id of the control repository. */
	public function repository(): int {
		return (int) substr( $this->pinned['cp'], 3 );
	}

	/** `site:<id>`. */
	public function party(): string {
		return $this->pinned['site'];
	}

	/** This site's name without prefix. */
	public function site(): string {
		return substr( $this->pinned['site'], 5 );
	}

	public function epoch(): int {
		return $this->pinned['epoch'];
	}

	public function home(): string {
		return $this->pinned['home'];
	}

	/** Where this site sends its messages; empty where it sends none. */
	public function url(): string {
		return $this->pinned['url'];
	}

	public function keys(): Pinned_Keys {
		return Pinned_Keys::of_trusted( $this->pinned['keys'] );
	}

	/** @return array<int, array{kid: string, use: string, x: string}> */
	public function key_rows(): array {
		return $this->pinned['keys'];
	}

	/**
	 * Whether a verified key-set is exactly the next version of this generation, or the first
	 * version of the next generation.
	 *
	 * @param array<string, mixed> $set Claims of a key-set.
	 */
	public function is_followed_by( array $set ): bool {
		if ( 1 === $set['kver'] ) {
			return $set['gen'] === $this->pinned['gen'] + 1;
		}
		return $set['gen'] === $this->pinned['gen'] && $set['kver'] === $this->pinned['kver'] + 1;
	}

	/**
	 * Pins the keys of a verified key-set in the place of these: what it does not name is dead from
	 * here on. Null when another one was faster.
	 *
	 * @param array<string, mixed> $set Claims of a key-set that follows.
	 */
	public function replace_keys( array $set ): ?self {
		$next = new self(
			array(
				'gen'  => $set['gen'],
				'keys' => $set['keys'],
				'kver' => $set['kver'],
			) + $this->pinned
		);
		ksort( $next->pinned );
		$done = Facts::swap( self::FACT, Canonical_Json::encode( $this->pinned ), $this->pinned['epoch'], Canonical_Json::encode( $next->pinned ) );
		return $done ? $next : null;
	}

	/** Which key-set is pinned, like `1.3`: generation and version. */
	public function key_position(): string {
		return $this->pinned['gen'] . '.' . $this->pinned['kver'];
	}

	/** The log's public key, raw. */
	public function log_key(): string {
		foreach ( $this->pinned['keys'] as $key ) {
			if ( 'log' === $key['use'] ) {
				return (string) Base64url::decode( $key['x'] );
			}
		}
		return '';
	}

	/**
	 * Whether this is still the site that was paired: the stored `home`, not the filtered one.
	 */
	public function is_at_home(): bool {
		$db   = Database::wpdb();
		$home = $db->get_var( "SELECT option_value FROM $db->options WHERE option_name = 'home'" );
		return is_string( $home ) && untrailingslashit( $home ) === untrailingslashit( $this->pinned['home'] );
	}

	/**
	 * @param mixed $value Given text.
	 */
	private static function part( $value, string $pattern, string $name ): string {
		if ( ! is_string( $value ) || 1 !== preg_match( '~^' . $pattern . '$~D', $value, $match ) ) {
			throw new InvalidArgumentException( $name . ' is malformed' );
		}
		return $match[1];
	}

	/**
	 * @param mixed $keys Given keys.
	 */
	private static function judge_keys( $keys ): void {
		if ( ! is_array( $keys ) || array_keys( $keys ) !== array_keys( array_values( $keys ) ) || count( $keys ) > 16 ) {
			throw new InvalidArgumentException( 'keys is a list of at most 16' );
		}
		foreach ( $keys as $key ) {
			$names = is_array( $key ) ? array_keys( $key ) : array();
			sort( $names );
			if ( array( 'kid', 'use', 'x' ) !== $names || ! is_string( $key['x'] ) || ! in_array( $key['use'], self::USES, true ) ) {
				throw new InvalidArgumentException( 'a key has exactly kid, use (action, log, recovery) and x' );
			}
			if ( Ed25519::kid( $key['x'] ) !== $key['kid'] || ! Pinned_Keys::is_strong( $key['x'] ) ) {
				throw new InvalidArgumentException( 'a key is weak, or its kid is not its thumbprint' );
			}
		}
		$uses = array_count_values( array_column( $keys, 'use' ) );
		if ( ( $uses['action'] ?? 0 ) < 1 || 1 !== ( $uses['log'] ?? 0 ) || 1 !== ( $uses['recovery'] ?? 0 ) || count( array_unique( array_column( $keys, 'kid' ) ) ) !== count( $keys ) ) {
			throw new InvalidArgumentException( 'keys name at least one action key, one log key and one recovery key, none twice' );
		}
	}
}
