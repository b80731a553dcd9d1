<?php
/**
 * The one verifier for every door.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Door;

use Countersign\Action\Time_Budget;
use Countersign\Pairing\Pin;
use Countersign\Protocol\Base64url;
use Countersign\Protocol\Token_Verifier;
use Countersign\Protocol\Verdict;
use Countersign\State\Level;
use Countersign\State\Refusals;
use Countersign\State\Trust;
use Countersign\Stub_Installer;

defined( 'ABSPATH' ) || exit;

/**
 * Nothing beside the token is looked at before its signature holds; why a message is refused stands
 * in the site's own log only.
 */
final class Doorkeeper {
	/** @var Trust */
	private $trust;

	/** @param Trust $trust Whom this site believes; a later epoch beside it takes the messages that name its key. */
	public function __construct( Trust $trust ) {
		$this->trust = $trust;
	}

	/**
	 * Judges one message and answers it.
	 *
	 * @param array<array-key, mixed> $message `token` and the texts beside it.
	 */
	public function receive( array $message ): Reply {
		$now     = time();
		$token   = $message['token'] ?? null;
		$limited = Refusals::are_too_many( $now );
		unset( $message['token'] );
		if ( $limited && ( ! is_string( $token ) || Refusals::are_too_costly( $now ) || ! $this->names_our_key( $token ) ) ) {
			return Reply::too_many();
		}
		$reason = is_string( $token ) ? '' : 'json';
		if ( '' === $reason && ! $this->trust->is_at_home() ) {
			$reason = 'home';
		}
		if ( is_string( $token ) && ! $this->names_our_key( $token ) ) {
			$this->trust = Trust::load_beside() ?? $this->trust;
		}
		$kind    = is_string( $token ) ? self::kind_of( $token ) : 'query';
		$verdict = '' === $reason ? $this->verifier( $now )->verify( $kind, $token, $message ) : Verdict::refused( $reason );
		if ( ! $verdict->is_accepted() ) {
			Refusals::note( $verdict->reason, $now );
			return Reply::refused();
		}
		return $this->answer( $kind, $verdict, $message, $now );
	}

	private function answer( string $kind, Verdict $verdict, array $texts, int $now ): Reply {
		Time_Budget::begin();
		Stub_Installer::install();
		// A new epoch says where it is before it is merged: only that leaves the earlier one in force.
		if ( ! in_array( $verdict->claims['ask'] ?? '', array( 'hello', 'inventory' ), true ) ) {
			$this->trust = Pin::confirm( $this->trust );
		}
		if ( 'keyset' !== $kind && ! $this->is_beside() ) {
			Level::learn( $verdict->claims );
		}
		if ( 'action' === $kind ) {
			return Reply::signed( ( new Actions( $this->trust ) )->answer( $verdict, $texts ) );
		}
		$answer = 'keyset' === $kind ? Keysets::answer( $this->trust, $verdict ) : ( new Queries( $this->trust ) )->answer( $verdict, $texts['arg'], $now );
		if ( null === $answer ) {
			Refusals::note( 'replay', $now );
			return Reply::refused();
		}
		return Reply::signed( $answer );
	}

	private function is_beside(): bool {
		$current = Trust::load();
		return null !== $current && $this->trust->epoch() > $current->epoch();
	}

	private function verifier( int $now ): Token_Verifier {
		$facts = array(
			'iss'   => $this->trust->control_plane(),
			'aud'   => $this->trust->party(),
			'epoch' => $this->trust->epoch(),
			'now'   => $now,
		);
		return new Token_Verifier( $this->trust->keys(), $facts );
	}

	/** Which kind to expect: only chooses the question, since the verifier compares `typ` itself. */
	private static function kind_of( string $token ): string {
		$header = self::header( $token );
		foreach ( array( 'action', 'keyset' ) as $kind ) {
			if ( false !== strpos( $header, '"typ":"cs-' . $kind . '+jwt"' ) ) {
				return $kind;
			}
		}
		return 'query';
	}

	private function names_our_key( string $token ): bool {
		foreach ( $this->trust->key_rows() as $row ) {
			if ( 'log' !== $row['use'] && false !== strpos( self::header( $token ), '"kid":"' . $row['kid'] . '"' ) ) {
				return true;
			}
		}
		return false;
	}

	private static function header( string $token ): string {
		return (string) Base64url::decode( (string) strstr( substr( $token, 0, 400 ), '.', true ) );
	}
}
