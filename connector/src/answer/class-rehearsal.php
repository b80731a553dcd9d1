<?php
/**
 * Everything but the swap.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Action\Action_Request;
use Countersign\Action\Judgement;
use Countersign\Action\Time_Budget;
use Countersign\Action\Work;
use Countersign\Files\Folder;
use Countersign\Files\Tree;
use Countersign\Files\Zip_Reader;
use Countersign\Files\Zip_Writer;
use Countersign\Live\Targets;
use Countersign\Plan\Site_Plan;
use Countersign\Protocol\Digest;
use Countersign\State\Storage;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * Asks, fetches, looks inside, and copies as an action would; writes only in the connector's own
 * folder, and leaves nothing there.
 */
final class Rehearsal {
	private const NAME = 'rehearsal';

	/** @return array<string, mixed> */
	public static function detail( Site_Plan $plan, string $text ): array {
		$claims  = array(
			'merge' => '',
			'mode'  => 'apply',
			'plan'  => Digest::of( $text ),
			'pre'   => Targets::digest( Targets::of_plan( $plan ) ),
			'sub'   => self::NAME,
		);
		$request = new Action_Request( Action_Request::for_ledger( $claims, $text, Digest::NOTHING ) );
		$work    = Work::of( self::NAME );
		$outcome = ( new Judgement( $request, $work ) )->outcome();
		$steps   = array();
		foreach ( '' === $outcome ? $request->changes : array() as $index => $change ) {
			$steps[] = array( 'target' => $plan->steps[ $index ]->target ) + self::copy( $change->paths() );
		}
		$probes = $work->get( 'before' );
		$work->forget();
		return array(
			'bytes'   => (int) array_sum( array_column( $steps, 'bytes' ) ),
			'outcome' => '' === $outcome && in_array( false, array_column( $steps, 'copied' ), true ) ? 'refused:no_restore_point' : $outcome,
			'probes'  => $probes,
			'seconds' => (int) array_sum( array_column( $steps, 'seconds' ) ),
			'steps'   => $steps,
		);
	}

	/** @return array{bytes: int, copied: bool, ms: int, seconds: int} */
	private static function copy( array $paths ): array {
		$start  = microtime( true );
		$bytes  = (int) array_sum( array_map( array( Folder::class, 'size' ), $paths ) );
		$copied = true;
		foreach ( $paths as $path ) {
			$copied = $copied && self::copy_one( $path );
		}
		return array(
			'bytes'   => $bytes,
			'copied'  => $copied,
			'ms'      => (int) round( ( microtime( true ) - $start ) * 1000 ),
			'seconds' => Time_Budget::estimate( $bytes ),
		);
	}

	private static function copy_one( string $path ): bool {
		$zip = Storage::in( 'work/' . self::NAME . '/copy.zip' );
		if ( ! file_exists( $path ) ) {
			return true;
		}
		try {
			Zip_Writer::store( $path, $zip );
			return ( new Zip_Reader( $zip ) )->tree() === Tree::digest( $path );
		} catch ( RuntimeException $error ) {
			return false;
		} finally {
			Folder::remove( $zip );
		}
	}
}
