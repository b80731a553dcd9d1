<?php
/**
 * The only route.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Door;

use Countersign\State\Trust;
use WP_REST_Request;
use WP_REST_Response;

defined( 'ABSPATH' ) || exit;

/**
 * POST `/?rest_route=/countersign/v1/messages`, JSON only, and only while the site is paired. Runs
 * as no user: who may speak is decided by signature alone.
 */
final class Rest_Door {
	public static function register(): void {
		if ( null === Trust::load() ) {
			return;
		}
		add_filter( 'rest_pre_dispatch', array( self::class, 'receive_unreadable' ), 10, 3 );
		register_rest_route(
			'countersign/v1',
			'/messages',
			array(
				'methods'             => 'POST',
				'callback'            => array( self::class, 'receive' ),
				'permission_callback' => '__return_true', // The signature is the permission.
			)
		);
	}

	/**
	 * WordPress answers a body that is no JSON by itself, and differently from us.
	 *
	 * @param mixed           $answer  What another filter has answered.
	 * @param mixed           $server  Not looked at.
	 * @param WP_REST_Request $request Any request to the REST API.
	 * @return mixed
	 */
	public static function receive_unreadable( $answer, $server, WP_REST_Request $request ) {
		$ours = 'POST' === $request->get_method() && '/countersign/v1/messages' === $request->get_route();
		return $ours && null === $answer && null === json_decode( $request->get_body() ) ? self::receive( $request ) : $answer;
	}

	public static function receive( WP_REST_Request $request ): WP_REST_Response {
		wp_set_current_user( 0 );
		$trust   = Trust::load();
		$message = self::is_json( $request ) ? json_decode( $request->get_body(), true, 2 ) : null;
		$reply   = null === $trust ? Reply::refused() : ( new Doorkeeper( $trust ) )->receive( is_array( $message ) ? $message : array() );
		$answer  = new WP_REST_Response( $reply->body, $reply->status );
		$answer->header( 'Cache-Control', 'no-store' );
		return $answer;
	}

	private static function is_json( WP_REST_Request $request ): bool {
		$type = $request->get_content_type();
		return is_array( $type ) && 'application/json' === $type['value'];
	}
}
