<?php
/**
 * `wp countersign`.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign;

use Countersign\Action\Local_Restore;
use Countersign\Action\Retention;
use Countersign\Answer\Drill;
use Countersign\Answer\Findings;
use Countersign\Live\Plugin_Folder;
use Countersign\Pairing\Exchange;
use Countersign\Pairing\Pin;
use Countersign\State\Ledger;
use Countersign\State\Level;
use Countersign\State\Log_Head;
use Countersign\State\Own_Lock;
use Countersign\State\Trust;
use Throwable;
use WP_CLI;

defined( 'ABSPATH' ) || exit;

/**
 * What a person with a shell at the site may do.
 */
final class Command {
	public static function register(): void {
		WP_CLI::add_command( 'countersign', self::class );
	}

	/**
	 * Pairs this site with a control plane.
	 *
	 * ## OPTIONS
	 *
	 * <string>
	 * : What `countersign pair` printed for this site. It is good for one pairing.
	 *
	 * @param string[] $arguments The string.
	 */
	public function pair( array $arguments ): void {
		try {
			$pairing = Exchange::run( $arguments[0] );
		} catch ( Throwable $error ) {
			WP_CLI::error( $error->getMessage() );
			return;
		}
		if ( '' !== $pairing['token'] ) {
			WP_CLI::line( __( 'Post this as a comment in the control repository:', 'countersign' ) );
			WP_CLI::line( '/countersign pair ' . $pairing['site'] . ' ' . $pairing['token'] );
		}
		WP_CLI::line( __( 'Compare these six words with those on the pull request:', 'countersign' ) );
		WP_CLI::line( $pairing['words'] );
		WP_CLI::success( __( 'This site is paired; it is live once the pull request is merged.', 'countersign' ) );
	}

	/**
	 * Sends a heartbeat now, and carries out what waits.
	 *
	 * For a system cron where WP-Cron is off or runs too seldom.
	 */
	public function heartbeat(): void {
		self::trust();
		$why = Beat\Heartbeat::run();
		'' === $why ? WP_CLI::success( __( 'The control plane has answered.', 'countersign' ) ) : WP_CLI::error( Admin\Words::silence( $why ) );
	}

	/**
	 * Shows whom this site believes, its level, its lock and its newest findings.
	 */
	public function status(): void {
		$trust = self::trust();
		$rows  = array(
			'control plane' => $trust->control_plane(),
			'site'          => $trust->party(),
			'epoch'         => (string) $trust->epoch(),
			'keys'          => $trust->key_position(),
			'heartbeat'     => 0 === Beat\Pulse::answered() ? 'never answered' : gmdate( 'c', Beat\Pulse::answered() ),
			'open'          => Connector::is_open() && $trust->is_at_home() ? 'yes' : 'no',
			'level'         => Level::now(),
			'lock'          => Own_Lock::reason(),
			'six words'     => Pin::shown()['words'] ?? '',
			'log size'      => (string) Log_Head::newest()['size'],
		);
		foreach ( Findings::all() as $item ) {
			$rows[ $item['id'] ] = trim( $item['level'] . ' ' . $item['value'] );
		}
		foreach ( $rows as $name => $value ) {
			WP_CLI::line( sprintf( '%-16s %s', $name, $value ) );
		}
	}

	/**
	 * Lists the newest receipts.
	 */
	public function receipts(): void {
		self::trust();
		foreach ( Ledger::receipts( 50 ) as $row ) {
			WP_CLI::line( sprintf( '%d %s %s %s', $row['rseq'], $row['sub'], gmdate( 'c', $row['request']['begun'] ), $row['outcome'] ) );
		}
	}

	/**
	 * Stores a plugin's folder, unpacks it beside and compares, without touching what is live.
	 *
	 * ## OPTIONS
	 *
	 * [<slug>]
	 * : The plugin; this one when not given.
	 *
	 * @param string[] $arguments The slug.
	 */
	public function drill( array $arguments ): void {
		self::trust();
		$path   = isset( $arguments[0] ) ? ( new Plugin_Folder( $arguments[0] ) )->path() : dirname( COUNTERSIGN_FILE );
		$result = Drill::run( $path );
		$result['ok'] ? WP_CLI::success( $result['value'] ) : WP_CLI::error( $result['value'] );
	}

	/**
	 * Puts the files of a restore point back, with no network and no control plane.
	 *
	 * ## OPTIONS
	 *
	 * [<id>]
	 * : The restore point; without it they are listed.
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * @param string[]             $arguments The id.
	 * @param array<string, mixed> $options   Options.
	 */
	public function restore( array $arguments, array $options ): void {
		$trust = self::trust();
		if ( ! isset( $arguments[0] ) ) {
			foreach ( Retention::newest_first() as $point ) {
				WP_CLI::line( sprintf( '%s %s %s', $point->id, gmdate( 'c', $point->at() ), implode( ' ', $point->targets() ) ) );
			}
			return;
		}
		WP_CLI::confirm( __( 'Put the files of this restore point back? What was written to the database since stays.', 'countersign' ), $options );
		try {
			$receipt = Local_Restore::run( $trust, $arguments[0] );
			WP_CLI::line( $receipt['detail'] );
		} catch ( Throwable $error ) {
			WP_CLI::error( $error->getMessage() );
		}
	}

	/**
	 * Lifts this site's own lock.
	 *
	 * ## OPTIONS
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * @param string[]             $arguments None.
	 * @param array<string, mixed> $options   Options.
	 */
	public function unlock( array $arguments, array $options ): void {
		self::trust();
		if ( '' === Own_Lock::reason() ) {
			WP_CLI::success( __( 'This site is not locked.', 'countersign' ) );
			return;
		}
		WP_CLI::line( Own_Lock::reason() . "\n" . Own_Lock::evidence() );
		WP_CLI::confirm( __( 'Lift the lock?', 'countersign' ), $options );
		Own_Lock::lift();
		WP_CLI::success( __( 'The lock is lifted.', 'countersign' ) );
	}

	private static function trust(): Trust {
		$trust = Connector::is_paired() ? Trust::load() : null;
		if ( null === $trust ) {
			WP_CLI::error( __( 'This site is not paired.', 'countersign' ) );
			exit( 1 );
		}
		return $trust;
	}

	/**
	 * Forgets the control plane, the site's key and the ledger. WordPress's automatic updates are as before.
	 *
	 * ## OPTIONS
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * @param string[]             $arguments None.
	 * @param array<string, mixed> $options   Options.
	 */
	public function unpair( array $arguments, array $options ): void {
		WP_CLI::confirm( __( 'Unpair this site? Its key, receipts and restore points are removed.', 'countersign' ), $options );
		Pin::unpin();
		WP_CLI::success( __( 'This site is unpaired.', 'countersign' ) );
	}
}
