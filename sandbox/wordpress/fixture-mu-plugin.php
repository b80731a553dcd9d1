<?php
/**
 * Plugin Name: Sandbox
 * Description: Lets wp_safe_remote_get() reach this machine, and lets no mail leave it. Only for the sandbox: on a real site WordPress's refusal of private addresses is wanted.
 *
 * @package Countersign
 */

declare( strict_types=1 );

add_filter(
	'http_request_host_is_external',
	static function ( $is_external, $host ) {
		return '127.0.0.1' === $host || $is_external;
	},
	10,
	2
);

add_filter(
	'http_allowed_safe_ports',
	static function ( $ports, $host, $url ) {
		$port = wp_parse_url( $url, PHP_URL_PORT );
		if ( '127.0.0.1' === $host && is_int( $port ) ) {
			$ports[] = $port;
		}
		return $ports;
	},
	10,
	3
);

add_filter( 'pre_wp_mail', '__return_true' );
