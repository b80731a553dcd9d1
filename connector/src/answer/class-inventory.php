<?php
/**
 * What is installed here.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Answer;

use Countersign\Files\Globs;
use Countersign\Live\Plugin_Folder;
use Countersign\Live\Site_Option;
use Countersign\Live\Targets;
use Countersign\State\Touched;

defined( 'ABSPATH' ) || exit;

/**
 * Leaves the site only inside signed messages to the pinned control plane.
 */
final class Inventory {
	/** @return array<string, mixed> */
	public static function detail( Globs $volatile ): array {
		return array(
			'core'    => array( 'version' => (string) Targets::version( get_bloginfo( 'version' ) ) ),
			'home'    => (string) get_option( 'home' ),
			'options' => Site_Option::told(),
			'plugins' => self::plugins( $volatile ),
			'themes'  => self::themes( $volatile ),
			'touched' => Touched::told(),
		);
	}

	private static function plugins( Globs $volatile ): array {
		$plugins = array();
		foreach ( array_keys( Plugin_Folder::all() ) as $file ) {
			$slug  = Plugin_Folder::slug_of( $file );
			$state = Targets::read( 'plugins/' . $slug, $volatile );
			unset( $state['target'] );
			$plugins[] = array(
				'file' => $file,
				'slug' => $slug,
			) + $state;
		}
		return $plugins;
	}

	private static function themes( Globs $volatile ): array {
		$themes = array();
		foreach ( array_keys( wp_get_themes() ) as $slug ) {
			$state = Targets::read( 'themes/' . $slug, $volatile );
			unset( $state['target'] );
			$themes[] = array( 'slug' => (string) $slug ) + $state;
		}
		return $themes;
	}
}
