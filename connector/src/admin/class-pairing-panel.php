<?php
/**
 * Pairing, on the plugin's screen.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Admin;

use Countersign\Pairing\Exchange;
use Countersign\Pairing\Pin;
use Countersign\Pairing\Window;
use Countersign\State\Trust;
use Throwable;

defined( 'ABSPATH' ) || exit;

/**
 * An administrator opens pairing for ten minutes, pastes the string, compares six words.
 */
final class Pairing_Panel {
	private const NOTICE = 'countersign_notice_';

	public static function register(): void {
		foreach ( array( 'open', 'pair', 'unpair' ) as $name ) {
			add_action( 'admin_post_countersign_' . $name, array( self::class, $name ) );
		}
	}

	/** Opens pairing. */
	public static function open(): void {
		Screen::judge_sender( 'countersign_open' );
		Window::open();
		Screen::go_back();
	}

	/** Takes the pasted string; what is wrong with it is said on the screen. */
	public static function pair(): void {
		Screen::judge_sender( 'countersign_pair' );
		$until = Window::claim();
		if ( '' === $until ) {
			self::note( __( 'Pairing is not open any more: open it again, then paste the string.', 'countersign' ) );
			Screen::go_back();
		}
		$pasted = isset( $_POST['string'] ) && is_string( $_POST['string'] ) ? sanitize_textarea_field( wp_unslash( $_POST['string'] ) ) : '';
		try {
			Exchange::run( $pasted );
		} catch ( Throwable $error ) {
			Window::give_back( $until );
			self::note( $error->getMessage() );
		}
		Screen::go_back();
	}

	/** Forgets the control plane. */
	public static function unpair(): void {
		Screen::judge_sender( 'countersign_unpair' );
		if ( 'yes' === ( $_POST['sure'] ?? '' ) ) {
			Pin::unpin();
		} else {
			self::note( __( 'Nothing was changed: tick the box to unpair this site.', 'countersign' ) );
		}
		Screen::go_back();
	}

	/** What went wrong with the last try, once. */
	public static function show_notice(): void {
		$name = self::NOTICE . get_current_user_id();
		$text = get_transient( $name );
		if ( is_string( $text ) && '' !== $text ) {
			delete_transient( $name );
			echo '<div class="notice notice-error"><p>' . esc_html( $text ) . '</p></div>';
		}
	}

	/** The way to a pairing: first, or again. */
	public static function show_way( bool $again ): void {
		echo '<div class="card"><h2>' . esc_html( $again ? __( 'Pair again', 'countersign' ) : __( 'Pair this site', 'countersign' ) ) . '</h2>';
		if ( is_multisite() || PHP_INT_SIZE < 8 ) {
			echo '<p>' . esc_html__( 'Multisite networks and 32-bit PHP are not supported.', 'countersign' ) . '</p></div>';
			return;
		}
		0 === Window::seconds_left() ? self::show_closed( $again ) : self::show_open();
		echo '</div>';
	}

	/** The six words, until the first message after the merge. */
	public static function show_words( ?Trust $trust ): void {
		$shown = null === $trust ? null : Pin::shown();
		if ( null === $shown ) {
			return;
		}
		echo '<div class="card" style="max-width: 60em; margin-bottom: 20px; border-left: 4px solid #2271b1"><h2>' . esc_html__( 'Compare six words', 'countersign' ) . '</h2>';
		if ( '' !== $shown['token'] ) {
			echo '<p><label for="countersign-token">' . esc_html__( 'First, post this as a comment in the control repository, within two minutes:', 'countersign' ) . '</label></p>';
			echo '<textarea id="countersign-token" class="large-text code" rows="6" readonly>' . esc_textarea( '/countersign pair ' . $trust->site() . ' ' . $shown['token'] ) . '</textarea>';
		}
		echo '<p>' . esc_html__( 'A pull request with the title "Pair …" shows the same words in the same order. If it shows others, or none of you knows it, unpair this site.', 'countersign' ) . '</p>';
		echo '<p style="font-size: 22px; line-height: 1.6; font-weight: 600; letter-spacing: 0.02em"><code style="font-size: inherit; background: transparent; padding: 0">' . esc_html( $shown['words'] ) . '</code></p>';
		echo '<p class="description">' . esc_html__( 'They stay here until the pull request is merged and the control plane has spoken to this site.', 'countersign' ) . '</p></div>';
	}

	/** The way out. */
	public static function show_end(): void {
		echo '<h2>' . esc_html__( 'Unpair', 'countersign' ) . '</h2>';
		echo '<p>' . esc_html__( 'The site forgets its control plane, its key, its receipts and its restore points. WordPress’s automatic updates are again as they were. The control plane sees that the site is silent.', 'countersign' ) . '</p>';
		self::begin_form( 'countersign_unpair' );
		echo '<p><label><input type="checkbox" name="sure" value="yes"> ' . esc_html__( 'Forget all of it', 'countersign' ) . '</label></p>';
		submit_button( __( 'Unpair this site', 'countersign' ), 'delete', 'submit', false );
		echo '</form>';
	}

	private static function show_closed( bool $again ): void {
		echo '<p>' . esc_html( $again ? __( 'For a new key, or after the site has moved. The pairing in force stays until the new one is merged.', 'countersign' ) : __( 'This site is not paired: nothing can reach it. Whoever runs the control repository makes a pairing string for it, with “countersign pair”.', 'countersign' ) ) . '</p>';
		self::begin_form( 'countersign_open' );
		submit_button( __( 'Open pairing for 10 minutes', 'countersign' ), $again ? 'secondary' : 'primary', 'submit', false );
		echo '</form>';
	}

	private static function show_open(): void {
		$minutes = (int) ceil( Window::seconds_left() / 60 );
		/* translators: %d: minutes. */
		echo '<p>' . esc_html( sprintf( _n( 'Pairing is open for %d more minute.', 'Pairing is open for %d more minutes.', $minutes, 'countersign' ), $minutes ) ) . '</p>';
		self::begin_form( 'countersign_pair' );
		echo '<p><label for="countersign-string">' . esc_html__( 'Pairing string', 'countersign' ) . '</label></p>';
		echo '<textarea id="countersign-string" name="string" class="large-text code" rows="6" required autocomplete="off" spellcheck="false" aria-describedby="countersign-string-help"></textarea>';
		echo '<p class="description" id="countersign-string-help">' . esc_html__( 'It is good for one pairing and is kept nowhere. Treat it like a password.', 'countersign' ) . '</p><p>';
		submit_button( __( 'Pair', 'countersign' ), 'primary', 'submit', false );
		echo '</p></form>';
	}

	private static function begin_form( string $action ): void {
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
		echo '<input type="hidden" name="action" value="' . esc_attr( $action ) . '">';
		wp_nonce_field( $action );
	}

	private static function note( string $text ): void {
		set_transient( self::NOTICE . get_current_user_id(), $text, 120 );
	}
}
