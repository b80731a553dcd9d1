<?php
/**
 * The newest audit log head that this site has verified.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

use Countersign\Protocol\Checkpoint;
use Countersign\Protocol\Digest;

defined( 'ABSPATH' ) || exit;

/**
 * Only grows. Every answer names it, which makes this site a witness of the log.
 */
final class Log_Head {
	private const FACT = 'log_head';

	/** @return array{size: int, root: string} Root raw; size 0 where nothing was verified yet. */
	public static function newest(): array {
		$fact = Facts::get( self::FACT );
		return array(
			'size' => null === $fact ? 0 : $fact['num'],
			'root' => null === $fact ? '' : (string) base64_decode( self::root_line( $fact['body'] ), true ),
		);
	}

	/** @return array{size: int, root: string} As claims: the root is a digest. */
	public static function claims(): array {
		$head = self::newest();
		return array(
			'size' => $head['size'],
			'root' => 0 === $head['size'] ? Digest::NOTHING : 'sha256:' . bin2hex( $head['root'] ),
		);
	}

	/** Keeps the whole note of a verified head: it is evidence should another of its size appear. */
	public static function advance( Checkpoint $checkpoint ): void {
		Facts::raise( self::FACT, $checkpoint->size, $checkpoint->note );
	}

	/** Begins again at size 0: after an unlock, and in a new epoch or generation. */
	public static function forget(): void {
		Facts::forget( self::FACT );
	}

	private static function root_line( string $note ): string {
		return explode( "\n", $note )[2] ?? '';
	}
}
