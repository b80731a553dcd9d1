<?php
/**
 * The same findings where WordPress's own people look.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Admin;

use Countersign\Answer\Findings;
use Countersign\Beat\Pulse;
use Countersign\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Entries of Tools, Site Health: one test for each group of findings.
 */
final class Site_Health {
	public static function register(): void {
		add_filter( 'site_status_tests', array( self::class, 'tests' ) );
	}

	/**
	 * @param array<string, array<string, mixed>> $tests Of WordPress and of others.
	 * @return array<string, array<string, mixed>>
	 */
	public static function tests( array $tests ): array {
		if ( Connector::is_paired() ) {
			$tests['direct']['countersign_heartbeat'] = array(
				'label' => __( 'Countersign heartbeat', 'countersign' ),
				'test'  => array( self::class, 'heartbeat' ),
			);
			$tests['direct']['countersign']           = array(
				'label' => __( 'Countersign', 'countersign' ),
				'test'  => array( self::class, 'result' ),
			);
		}
		return $tests;
	}

	/** @return array<string, mixed> */
	public static function result(): array {
		$failed = array_filter( Findings::all(), static fn( array $item ): bool => 'failed' === $item['level'] && 'stubBeforeCore' !== $item['id'] );
		$label  = array() === $failed ? __( 'This site can take changes and undo them', 'countersign' ) : __( 'Countersign cannot promise to undo a change here', 'countersign' );
		return array(
			'label'       => $label,
			'status'      => array() === $failed ? 'good' : 'recommended',
			'badge'       => array(
				'label' => __( 'Security', 'countersign' ),
				'color' => 'blue',
			),
			'description' => '<ul>' . implode( '', array_map( array( self::class, 'line' ), Findings::all() ) ) . '</ul>',
			'actions'     => '',
			'test'        => 'countersign',
		);
	}

	/** @return array<string, mixed> */
	public static function heartbeat(): array {
		$silent = Pulse::is_silent( time() );
		$words  = $silent ? __( 'For three intervals no heartbeat was answered. Nothing can be changed through Countersign while this site is not heard; what runs here is not affected.', 'countersign' ) : __( 'The control plane hears this site, or calls it.', 'countersign' );
		return array(
			'label'       => $silent ? __( 'The control plane does not hear this site', 'countersign' ) : __( 'The control plane hears this site', 'countersign' ),
			'status'      => $silent ? 'recommended' : 'good',
			'badge'       => array(
				'label' => __( 'Security', 'countersign' ),
				'color' => 'blue',
			),
			'description' => '<p>' . esc_html( $words ) . '</p>' . ( '' === Pulse::trouble() ? '' : '<p>' . esc_html( Words::silence( Pulse::trouble() ) ) . '</p>' ),
			'actions'     => '',
			'test'        => 'countersign_heartbeat',
		);
	}

	private static function line( array $item ): string {
		return '<li>' . esc_html( $item['id'] . ': ' . Words::level( $item['level'] ) . ( '' === $item['value'] ? '' : ' (' . $item['value'] . ')' ) ) . '</li>';
	}
}
