<?php
/**
 * One step of a site's plan.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Plan;

use Countersign\Protocol\Digest;

defined( 'ABSPATH' ) || exit;

/**
 * Exactly the members of the contract, each of its type.
 */
final class Step {
	private const MEMBERS  = array( 'from', 'inverse', 'kind', 'package', 'reversibility', 'target', 'to' );
	private const INVERSE  = array( 'from', 'kind', 'package', 'to' );
	private const PACKAGE  = array( 'bytes', 'sha256', 'url', 'version' );
	private const TARGET   = '~^(core|maintenance|cache|connector|(plugins|themes)/[a-z0-9]([a-z0-9_-]{0,98}[a-z0-9])?|options/[a-z0-9_]{1,64})$~D';
	private const VERSION  = '/^[0-9]+(\.[0-9]+)*$/D';
	private const KIND     = '/^[a-z]+\.[a-z]+$/D';
	private const MAX_TEXT = 2000;

	/** @var string Such as `plugin.update`. */
	public $kind;

	/** @var string Such as `plugins/akismet`. */
	public $target;

	/** @var string|int|bool|null */
	public $from;

	/** @var string|int|bool|null */
	public $to;

	/** @var array{bytes: int, sha256: string, url: string, version: string}|null */
	public $package;

	/** @var array{from: mixed, kind: string, package: array<string, mixed>|null, to: mixed}|null */
	private $back;

	/**
	 * Reads a step.
	 *
	 * @param mixed $value A member of the plan's `steps`.
	 * @return self|null Null for what is not one.
	 */
	public static function of( $value ): ?self {
		if ( ! is_array( $value ) || array_keys( $value ) !== self::MEMBERS || ! self::is_change( $value ) ) {
			return null;
		}
		if ( ! is_string( $value['target'] ) || 1 !== preg_match( self::TARGET, $value['target'] ) ) {
			return null;
		}
		if ( ! in_array( $value['reversibility'], array( 'reversible', 'partly', 'not' ), true ) || ! self::is_inverse( $value['inverse'] ) ) {
			return null;
		}
		$step          = new self();
		$step->kind    = $value['kind'];
		$step->target  = $value['target'];
		$step->from    = $value['from'];
		$step->to      = $value['to'];
		$step->package = $value['package'];
		$step->back    = $value['inverse'];
		return $step;
	}

	/** A step that only names what is restored. */
	public static function restoring( string $target ): self {
		$step         = new self();
		$step->kind   = 'restore';
		$step->target = $target;
		return $step;
	}

	/** The step that takes this one back, as reviewers saw it; null where none is known. */
	public function inverse(): ?self {
		if ( null === $this->back ) {
			return null;
		}
		$step          = new self();
		$step->kind    = $this->back['kind'];
		$step->target  = 'theme.activate' === $this->kind ? 'themes/' . $this->back['to'] : $this->target;
		$step->from    = $this->back['from'];
		$step->to      = $this->back['to'];
		$step->package = $this->back['package'];
		return $step;
	}

	/** The last part of the target: a slug or an option's name. */
	public function name(): string {
		return (string) substr( strrchr( '/' . $this->target, '/' ), 1 );
	}

	public static function is_version( string $text ): bool {
		return strlen( $text ) <= 20 && 1 === preg_match( self::VERSION, $text );
	}

	private static function is_inverse( $value ): bool {
		return null === $value || ( is_array( $value ) && array_keys( $value ) === self::INVERSE && self::is_change( $value ) );
	}

	private static function is_change( array $value ): bool {
		return is_string( $value['kind'] ) && 1 === preg_match( self::KIND, $value['kind'] )
			&& self::is_value( $value['from'] ) && self::is_value( $value['to'] ) && self::is_package( $value['package'] );
	}

	private static function is_value( $value ): bool {
		return null === $value || is_int( $value ) || is_bool( $value ) || ( is_string( $value ) && strlen( $value ) <= 4 * self::MAX_TEXT );
	}

	private static function is_package( $value ): bool {
		return null === $value || ( is_array( $value ) && array_keys( $value ) === self::PACKAGE
			&& is_int( $value['bytes'] ) && $value['bytes'] > 0
			&& is_string( $value['sha256'] ) && Digest::is_digest( $value['sha256'] )
			&& is_string( $value['url'] ) && strlen( $value['url'] ) <= 500 && 1 === preg_match( '~^https?://[^\s]+$~D', $value['url'] )
			&& is_string( $value['version'] ) && self::is_version( $value['version'] ) );
	}
}
