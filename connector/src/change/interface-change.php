<?php
/**
 * One kind of change.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

defined( 'ABSPATH' ) || exit;

/**
 * A step of a plan as something that can be judged, protected and done. Nothing is written before
 * `execute()`.
 */
interface Change {
	/** Whether the goal is live already. */
	public function is_done(): bool;

	/** A refusal code where this site cannot or must not do it; otherwise empty. */
	public function refusal(): string;

	/**
	 * Judges the inside of the fetched package.
	 *
	 * @return string A refusal code; empty when all is well, or the step has no package.
	 */
	public function package_fault( string $file ): string;

	/** @return string[] Folders and files that a restore point has to hold. */
	public function paths(): array;

	/** @return string[] Options that a restore point has to hold. */
	public function options(): array;

	/** @return string[] Beginnings of names of further options to hold. */
	public function option_prefixes(): array;

	/**
	 * Does it, by WordPress's own means, and reads back that it is done.
	 *
	 * @param string $file The verified package; empty where the step has none.
	 * @return string A word for what went wrong; empty when it is done.
	 */
	public function execute( string $file ): string;
}
