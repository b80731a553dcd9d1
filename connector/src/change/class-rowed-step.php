<?php
/**
 * What changes without files have in common.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Plan\Step;

defined( 'ABSPATH' ) || exit;

/**
 * A step that only changes rows, or nothing that lasts.
 */
abstract class Rowed_Step implements Change {
	/** @var Step */
	protected $step;

	public function __construct( Step $step ) {
		$this->step = $step;
	}

	public function package_fault( string $file ): string {
		return '';
	}

	public function paths(): array {
		return array();
	}

	public function option_prefixes(): array {
		return array();
	}
}
