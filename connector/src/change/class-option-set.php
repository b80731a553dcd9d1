<?php
/**
 * `option.set`: one option of the allow-list.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Change;

use Countersign\Live\Site_Option;
use Countersign\Plan\Step;

defined( 'ABSPATH' ) || exit;

/**
 * Everything else is refused: `siteurl`, `default_role`, `active_plugins`, keys.
 */
final class Option_Set extends Rowed_Step {
	/** @var Site_Option */
	private $option;

	public function __construct( Step $step ) {
		parent::__construct( $step );
		$this->option = new Site_Option( $step->name() );
	}

	public function is_done(): bool {
		return $this->option->is_listed() && $this->option->value() === $this->step->to;
	}

	public function refusal(): string {
		return $this->option->is_listed() && ( null === $this->step->to || $this->option->allows( $this->step->to ) ) ? '' : 'not_allowed';
	}

	public function options(): array {
		return array( $this->step->name(), 'rewrite_rules' );
	}

	public function execute( string $file ): string {
		if ( null === $this->step->to ) {
			delete_option( $this->step->name() );
		} else {
			update_option( $this->step->name(), $this->step->to );
		}
		if ( 'permalink_structure' === $this->step->name() ) {
			global $wp_rewrite;
			$wp_rewrite->init();
			flush_rewrite_rules( false );
		}
		return $this->is_done() ? '' : 'not_read_back';
	}
}
