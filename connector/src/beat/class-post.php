<?php
/**
 * One message to the control plane.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Beat;

use Countersign\Protocol\Claims;

defined( 'ABSPATH' ) || exit;

/**
 * To the pinned address only, without redirects and cookies. What comes back is nothing until its
 * token is verified.
 */
final class Post {
	/** The one route for sites at the control plane. */
	public const ROUTE = '/countersign/v1/messages';

	private const SECONDS = 30;

	/**
	 * @param string                $url     The control plane's, as pinned.
	 * @param array<string, string> $message `token` and the texts beside it.
	 * @return array<array-key, mixed>|string The members of the answer, or why there is none.
	 */
	public static function send( string $url, array $message ) {
		$answer = wp_remote_post(
			$url . self::ROUTE,
			array(
				'body'                => (string) wp_json_encode( $message, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ),
				'cookies'             => array(),
				'headers'             => array( 'Content-Type' => 'application/json' ),
				'limit_response_size' => Claims::limits()['message_bytes'],
				'redirection'         => 0,
				'timeout'             => self::SECONDS,
				'user-agent'          => 'Countersign',
			)
		);
		if ( is_wp_error( $answer ) ) {
			return 'unreachable';
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$body   = json_decode( wp_remote_retrieve_body( $answer ), true, 2 );
		return 200 === $status && is_array( $body ) ? $body : 'answer_' . $status;
	}
}
