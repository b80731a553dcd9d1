<?php
/**
 * Which build of the connector is running.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Files\Tree;
use Countersign\Protocol\Digest;

defined( 'ABSPATH' ) || exit;

/**
 * The tree digest of the connector's own files, read from disk once per request.
 */
final class Build {
	/** @var string|null */
	private static $digest = null;

	public static function digest(): string {
		if ( null === self::$digest ) {
			$tree         = (string) Tree::digest( dirname( COUNTERSIGN_FILE ) );
			self::$digest = Digest::is_digest( $tree ) ? $tree : Digest::NOTHING;
		}
		return self::$digest;
	}
}
