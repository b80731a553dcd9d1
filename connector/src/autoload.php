<?php
/**
 * Loads the connector's classes on first use: `Countersign\Protocol\Token_Verifier` lives in
 * `protocol/class-token-verifier.php`, an interface in `interface-….php`.
 *
 * @package Countersign
 */

declare(strict_types=1);

defined( 'ABSPATH' ) || exit;

spl_autoload_register(
	static function ( string $name ): void {
		if ( 0 !== strncmp( $name, 'Countersign\\', 12 ) ) {
			return;
		}
		$parts  = explode( '\\', strtolower( str_replace( '_', '-', substr( $name, 12 ) ) ) );
		$last   = array_pop( $parts );
		$folder = __DIR__ . '/' . implode( '', array_map( static fn( string $part ): string => $part . '/', $parts ) );
		foreach ( array( 'class', 'interface' ) as $type ) {
			$file = $folder . $type . '-' . $last . '.php';
			if ( is_file( $file ) ) {
				require_once $file;
				return;
			}
		}
	}
);
