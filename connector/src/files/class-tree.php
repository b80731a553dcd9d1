<?php
/**
 * The digest of a folder's tree.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Files;

defined( 'ABSPATH' ) || exit;

/**
 * SHA-256 over lines `<sha256> <path>\n` of regular files in byte order of the path.
 */
final class Tree {
	public const UNKNOWN = 'unknown';

	/**
	 * Digest of a folder or of a single file; `unknown` where it holds a link or cannot be read;
	 * null where there is nothing.
	 *
	 * @param Globs|null $volatile What is left out.
	 * @param string     $prefix   The folder's own path relative to wp-content, for the globs.
	 */
	public static function digest( string $path, ?Globs $volatile = null, string $prefix = '' ): ?string {
		if ( ! file_exists( $path ) && ! is_link( $path ) ) {
			return null;
		}
		if ( is_link( $path ) ) {
			return self::UNKNOWN;
		}
		if ( is_file( $path ) ) {
			return self::of_lines( dirname( $path ), array( basename( $path ) ) );
		}
		$listed = Folder::list_all( $path );
		if ( null === $listed ) {
			return self::UNKNOWN;
		}
		$files = array();
		foreach ( $listed as $name => $type ) {
			$name = (string) $name;
			if ( null !== $volatile && $volatile->match( $prefix . '/' . $name ) ) {
				continue;
			}
			if ( 'link' === $type ) {
				return self::UNKNOWN;
			}
			if ( 'file' === $type ) {
				$files[] = $name;
			}
		}
		return self::of_lines( $path, $files );
	}

	/**
	 * Digest over named files of one folder, in the order given.
	 *
	 * @param string[] $files Paths below the folder, in byte order.
	 */
	public static function of_lines( string $folder, array $files ): string {
		$context = hash_init( 'sha256' );
		foreach ( $files as $name ) {
			$hash = Sha256::of_file( $folder . '/' . $name );
			if ( null === $hash ) {
				return self::UNKNOWN;
			}
			hash_update( $context, $hash . ' ' . $name . "\n" );
		}
		return 'sha256:' . hash_final( $context );
	}
}
