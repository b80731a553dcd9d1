<?php
/**
 * Tools, Countersign: what this site is paired with, and what happened.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Admin;

use Countersign\Beat\Pulse;
use Countersign\Connector;
use Countersign\State\Ledger;
use Countersign\State\Level;
use Countersign\State\Own_Lock;
use Countersign\State\Site_Key;
use Countersign\State\Trust;

defined( 'ABSPATH' ) || exit;

/**
 * For administrators: pairing, locking the site by hand, lifting a lock.
 */
final class Screen {
	public const CAPABILITY = 'manage_options';

	private const PAGE     = 'countersign';
	private const RECEIPTS = 10;

	public static function register(): void {
		add_action( 'admin_menu', array( self::class, 'add_page' ) );
		add_action( 'admin_post_countersign_lock', array( self::class, 'lock' ) );
		add_action( 'admin_post_countersign_unlock', array( self::class, 'unlock' ) );
		Pairing_Panel::register();
	}

	public static function add_page(): void {
		add_management_page( __( 'Countersign', 'countersign' ), __( 'Countersign', 'countersign' ), self::CAPABILITY, self::PAGE, array( self::class, 'show' ) );
	}

	public static function lock(): void {
		self::judge_paired( 'countersign_lock' );
		Own_Lock::set( Own_Lock::BY_HAND );
		self::go_back();
	}

	public static function unlock(): void {
		self::judge_paired( 'countersign_unlock' );
		Own_Lock::lift();
		self::go_back();
	}

	public static function show(): void {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html__( 'Countersign', 'countersign' ) . '</h1>';
		Pairing_Panel::show_notice();
		$trust = Connector::is_paired() ? Trust::load() : null;
		Pairing_Panel::show_words( $trust );
		if ( null === $trust ) {
			Pairing_Panel::show_way( false );
			echo '</div>';
			return;
		}
		self::show_state( $trust );
		self::show_lock();
		self::show_receipts();
		Pairing_Panel::show_way( true );
		Pairing_Panel::show_end();
		echo '</div>';
	}

	private static function show_state( Trust $trust ): void {
		$writer = Site_Key::writer( $trust->epoch() );
		$rows   = array(
			__( 'Paired with', 'countersign' )      => $trust->control_plane(),
			__( 'As', 'countersign' )               => $trust->party(),
			__( 'At', 'countersign' )               => $trust->home(),
			__( 'Epoch', 'countersign' )            => (string) $trust->epoch(),
			__( 'Site key', 'countersign' )         => null === $writer ? __( 'gone', 'countersign' ) : $writer->x(),
			__( 'Kept in', 'countersign' )          => Site_Key::place( $trust->epoch() ),
			__( 'Keys', 'countersign' )             => $trust->key_position(),
			__( 'Last heartbeat', 'countersign' )   => self::heartbeat( $trust ),
			__( 'Level', 'countersign' )            => Level::now(),
			__( 'Accepts messages', 'countersign' ) => self::yes_or_no( Connector::is_open() && $trust->is_at_home() ),
		);
		echo '<table class="widefat striped" style="max-width: 60em"><tbody>';
		foreach ( $rows as $name => $value ) {
			echo '<tr><th scope="row">' . esc_html( $name ) . '</th><td><code>' . esc_html( $value ) . '</code></td></tr>';
		}
		echo '</tbody></table>';
	}

	private static function heartbeat( Trust $trust ): string {
		if ( '' === $trust->url() ) {
			return __( 'none: the control plane calls this site', 'countersign' );
		}
		$last = 0 === Pulse::answered() ? __( 'never answered', 'countersign' ) : (string) wp_date( 'Y-m-d H:i:s', Pulse::answered() );
		return '' === Pulse::trouble() ? $last : $last . '. ' . Words::silence( Pulse::trouble() );
	}

	private static function show_lock(): void {
		$reason = Own_Lock::reason();
		echo '<h2>' . esc_html__( 'Lock', 'countersign' ) . '</h2><p>';
		/* translators: %s: why the site is locked. */
		echo esc_html( '' === $reason ? __( 'This site is not locked.', 'countersign' ) : sprintf( __( 'This site is locked: %s.', 'countersign' ), Words::lock( $reason ) ) );
		echo '</p>';
		self::show_button( '' === $reason ? 'countersign_lock' : 'countersign_unlock', '' === $reason ? __( 'Lock this site', 'countersign' ) : __( 'Lift the lock', 'countersign' ) );
	}

	private static function show_button( string $action, string $label ): void {
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
		echo '<input type="hidden" name="action" value="' . esc_attr( $action ) . '">';
		wp_nonce_field( $action );
		submit_button( $label, 'secondary', 'submit', false );
		echo '</form>';
	}

	private static function show_receipts(): void {
		echo '<h2>' . esc_html__( 'Last receipts', 'countersign' ) . '</h2>';
		$rows = Ledger::receipts( self::RECEIPTS );
		if ( array() === $rows ) {
			echo '<p>' . esc_html__( 'No action has run here yet.', 'countersign' ) . '</p>';
			return;
		}
		echo '<table class="widefat striped" style="max-width: 60em"><thead><tr><th>' . esc_html__( 'Action', 'countersign' ) . '</th><th>' . esc_html__( 'When', 'countersign' ) . '</th><th>' . esc_html__( 'Outcome', 'countersign' ) . '</th></tr></thead><tbody>';
		foreach ( $rows as $row ) {
			echo '<tr><td><code>' . esc_html( $row['sub'] ) . '</code></td><td>' . esc_html( wp_date( 'Y-m-d H:i:s', $row['request']['begun'] ) ) . '</td><td>' . esc_html( Words::outcome( (string) $row['outcome'] ) ) . '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/** Goes on only for an administrator who pressed this very button. */
	public static function judge_sender( string $action ): void {
		check_admin_referer( $action );
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'You are not allowed to do this.', 'countersign' ), '', array( 'response' => 403 ) );
		}
	}

	private static function judge_paired( string $action ): void {
		self::judge_sender( $action );
		if ( ! Connector::is_paired() ) {
			wp_die( esc_html__( 'This site is not paired.', 'countersign' ), '', array( 'response' => 403 ) );
		}
	}

	public static function go_back(): void {
		wp_safe_redirect( admin_url( 'tools.php?page=' . self::PAGE ) );
		exit;
	}

	private static function yes_or_no( bool $value ): string {
		return $value ? __( 'yes', 'countersign' ) : __( 'no', 'countersign' );
	}
}
