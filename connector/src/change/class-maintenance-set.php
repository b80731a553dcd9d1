<?php
/**
 * `maintenance.set`: closes the site for visitors, or opens it.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Live\Closed_Site;

defined( 'ABSPATH' ) || exit;

/**
 * Lasts until a plan opens it again, or a person here does.
 */
final class Maintenance_Set extends Rowed_Step {
	public function is_done(): bool {
		return Closed_Site::is_closed() === $this->step->to;
	}

	public function refusal(): string {
		return is_bool( $this->step->to ) ? '' : 'unsupported';
	}

	public function options(): array {
		return array( Closed_Site::OPTION );
	}

	public function execute( string $file ): string {
		update_option( Closed_Site::OPTION, $this->step->to ? '1' : '0', true );
		return $this->is_done() ? '' : 'not_read_back';
	}
}
