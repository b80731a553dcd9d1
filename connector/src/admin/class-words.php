<?php
/**
 * Protocol words as people read them.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Translated; a word that is not known is shown as it is.
 */
final class Words {
	public static function level( string $level ): string {
		$words = array(
			'proved'   => __( 'proved', 'countersign' ),
			'declared' => __( 'declared', 'countersign' ),
			'unknown'  => __( 'not known', 'countersign' ),
			'failed'   => __( 'failed', 'countersign' ),
		);
		return $words[ $level ] ?? $level;
	}

	public static function outcome( string $outcome ): string {
		$words = array(
			'applied'                => __( 'applied', 'countersign' ),
			'already_applied'        => __( 'was so already', 'countersign' ),
			'rolled_back'            => __( 'rolled back', 'countersign' ),
			'rolled_back_files_only' => __( 'files rolled back, database changed', 'countersign' ),
			'self_healed'            => __( 'healed by itself', 'countersign' ),
			'failed_needs_review'    => __( 'failed, somebody has to look', 'countersign' ),
			'local_restore'          => __( 'restored by hand', 'countersign' ),
		);
		return $words[ $outcome ] ?? $outcome;
	}

	/** Why a heartbeat had no answer. */
	public static function silence( string $why ): string {
		$words = array(
			'closed'      => __( 'Nothing is sent: the site is not paired, is switched off, is not at its paired address, or has no address to send to.', 'countersign' ),
			'unreachable' => __( 'The control plane could not be reached.', 'countersign' ),
			'answer_401'  => __( 'The control plane does not accept this site’s heartbeat. Its clock may be wrong, or it has to be paired again.', 'countersign' ),
			'answer_429'  => __( 'The control plane asks to wait a minute.', 'countersign' ),
			'answer_503'  => __( 'The control plane is not available.', 'countersign' ),
			'key'         => __( 'The site’s own key is gone.', 'countersign' ),
		);
		/* translators: %s: a technical word. */
		return $words[ $why ] ?? sprintf( __( 'The answer could not be used (%s).', 'countersign' ), $why );
	}

	public static function lock( string $reason ): string {
		$words = array(
			'failed_rollback' => __( 'a rollback has failed', 'countersign' ),
			'log_fork'        => __( 'the audit log has two heads of one size, both signed', 'countersign' ),
			'by_hand'         => __( 'somebody here has locked it', 'countersign' ),
		);
		return $words[ $reason ] ?? $reason;
	}
}
