<?php
/**
 * Everything that is asked before an action writes anything.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Files\Folder;
use Countersign\Health\Health;
use Countersign\Live\Targets;
use Countersign\State\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * One check after the other; the first that fails is the outcome.
 */
final class Judgement {
	/** Free space has to hold the packages, the copies and the new files. */
	private const SPACE_FACTOR = 3;

	/** @var Action_Request */
	private $request;

	/** @var Work */
	private $work;

	public function __construct( Action_Request $request, Work $work ) {
		$this->request = $request;
		$this->work    = $work;
	}

	/** An outcome that ends the action here; empty when it may begin. */
	public function outcome(): string {
		if ( null === $this->request->plan || null === $this->request->changes || array() === $this->request->plan->steps ) {
			return 'refused:unsupported';
		}
		if ( count( $this->request->plan->steps ) > 1 && in_array( 'connector.update', array_column( $this->request->plan->steps, 'kind' ), true ) ) {
			return 'refused:unsupported';
		}
		if ( array() === $this->request->changes ) {
			return 'refused:no_restore_point';
		}
		if ( $this->is_done() ) {
			return 'already_applied';
		}
		if ( Targets::digest( Targets::of_plan( $this->request->plan ) ) !== $this->request->claims['pre'] ) {
			return 'refused:drifted';
		}
		$code = $this->first_refusal();
		if ( '' === $code ) {
			$code = $this->is_well() ? $this->fetch() : 'unhealthy';
		}
		return '' === $code ? '' : 'refused:' . $code;
	}

	private function is_done(): bool {
		foreach ( $this->request->changes as $change ) {
			if ( ! $change->is_done() ) {
				return false;
			}
		}
		return true;
	}

	private function first_refusal(): string {
		foreach ( $this->request->changes as $change ) {
			$code = $change->is_done() ? '' : $change->refusal();
			if ( '' !== $code ) {
				return $code;
			}
		}
		return '';
	}

	/** A sick site is not touched, except to bring it back. */
	private function is_well(): bool {
		$this->work->note( 'before', Health::probe( $this->request->plan->health ) );
		return 'apply' !== $this->request->claims['mode'] || Health::is_good( $this->work->get( 'before' ) );
	}

	private function fetch(): string {
		$needed = 0;
		if ( 'rollback' === $this->request->claims['mode'] ) {
			return '';
		}
		foreach ( $this->request->plan->steps as $index => $step ) {
			if ( null === $step->package || $this->request->changes[ $index ]->is_done() ) {
				continue;
			}
			$file = $this->work->package( $index + 1 );
			$code = self::has_space( $step->package['bytes'] ) ? Package_Source::fetch( $step->package, $file ) : 'disk_full';
			if ( '' === $code ) {
				$code = $this->request->changes[ $index ]->package_fault( $file );
			}
			if ( '' !== $code ) {
				return $code;
			}
			$bytes   = Package_Check::unpacked_bytes( $file );
			$needed += $bytes;
			if ( ! Time_Budget::fits( $bytes + self::live_bytes( $this->request->changes[ $index ]->paths() ) ) ) {
				return 'too_long';
			}
		}
		return self::has_space( $needed ) ? '' : 'disk_full';
	}

	private static function live_bytes( array $paths ): int {
		return (int) array_sum( array_map( array( Folder::class, 'size' ), $paths ) );
	}

	/** Where the free space is not known, the restore point will find out. */
	private static function has_space( int $bytes ): bool {
		foreach ( function_exists( 'disk_free_space' ) ? array( Storage::path(), WP_PLUGIN_DIR, ABSPATH ) : array() as $folder ) {
			$free = @disk_free_space( $folder );
			if ( false !== $free && $free < self::SPACE_FACTOR * $bytes ) {
				return false;
			}
		}
		return true;
	}
}
