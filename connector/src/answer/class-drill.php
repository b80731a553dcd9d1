<?php
/**
 * The restore drill: would a restore point really come back here?
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Files\Folder;
use Countersign\Files\Tree;
use Countersign\Files\Zip_Reader;
use Countersign\Files\Zip_Writer;
use Countersign\State\Facts;
use Countersign\State\Storage;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * Stores a live folder, unpacks it beside, and compares the trees. Touches nothing that is live.
 */
final class Drill {
	private const FACT = 'drill';

	/**
	 * Runs a drill on a folder and remembers its result.
	 *
	 * @return array{at: int, ok: bool, value: string}
	 */
	public static function run( string $folder ): array {
		$start  = microtime( true );
		$beside = Storage::in( 'drill' );
		Folder::remove( $beside );
		try {
			Folder::make( $beside );
			Zip_Writer::store( $folder, $beside . '/point.zip' );
			( new Zip_Reader( $beside . '/point.zip' ) )->unpack_stored( $beside . '/back' );
			$ok = Tree::digest( $beside . '/back' ) === Tree::digest( $folder );
		} catch ( RuntimeException $error ) {
			$ok = false;
		}
		Folder::remove( $beside );
		$value = sprintf( '%s %d ms', basename( $folder ), (int) round( ( microtime( true ) - $start ) * 1000 ) );
		Facts::set( self::FACT, time(), ( $ok ? '1' : '0' ) . $value );
		return self::newest();
	}

	/**
	 * The newest drill; `at` is 0 where there was none.
	 *
	 * @return array{at: int, ok: bool, value: string}
	 */
	public static function newest(): array {
		$fact = Facts::get( self::FACT );
		return array(
			'at'    => null === $fact ? 0 : $fact['num'],
			'ok'    => null !== $fact && '1' === substr( $fact['body'], 0, 1 ),
			'value' => null === $fact ? '' : substr( $fact['body'], 1 ),
		);
	}
}
