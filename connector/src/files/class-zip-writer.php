<?php
/**
 * Writes zip files that only store: ext-zip is optional in WordPress, and deflating costs seconds.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Files;

use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * One archive, written front to back. Every failure throws, and then the file is worthless.
 */
final class Zip_Writer {
	/** Without zip64 neither a file nor the whole archive may be larger. */
	private const MAX_BYTES   = 0x7fffffff;
	private const MAX_ENTRIES = 65000;
	private const DOS_TIME    = 0x58210000;

	/** @var resource */
	private $handle;

	/** @var string */
	private $central = '';

	/** @var int */
	private $entries = 0;

	/** @var int */
	private $offset = 0;

	/**
	 * Stores all of a folder's files and folders, or one file under its own name.
	 *
	 * @throws RuntimeException When something cannot be read or written, or is a link.
	 */
	public static function store( string $source, string $zip ): void {
		$writer = new self( $zip );
		if ( is_file( $source ) ) {
			$writer->add( $source, basename( $source ), false );
		} else {
			foreach ( self::listed( $source ) as $name => $type ) {
				$writer->add( $source . '/' . $name, (string) $name, 'dir' === $type );
			}
		}
		$writer->finish();
	}

	/**
	 * @throws RuntimeException When the archive cannot be opened.
	 */
	public function __construct( string $zip ) {
		$handle = @fopen( $zip, 'wb' );
		if ( false === $handle ) {
			throw new RuntimeException( 'cannot open the archive for writing' );
		}
		$this->handle = $handle;
		@chmod( $zip, 0600 );
	}

	/**
	 * Adds one file or empty folder under a name.
	 *
	 * @throws RuntimeException When it cannot be stored whole.
	 */
	public function add( string $path, string $name, bool $is_folder ): void {
		if ( is_link( $path ) ) {
			throw new RuntimeException( 'a link cannot be stored' );
		}
		$size   = $is_folder ? 0 : (int) filesize( $path );
		$crc    = $is_folder ? 0 : (int) hexdec( (string) hash_file( 'crc32b', $path ) );
		$name  .= $is_folder ? '/' : '';
		$common = pack( 'vvvVVVVvv', 20, 0x0800, 0, self::DOS_TIME, $crc, $size, $size, strlen( $name ), 0 );
		$mode   = ( $is_folder ? 0040000 : 0100000 ) | ( (int) fileperms( $path ) & 0777 );
		$start  = $this->offset;
		if ( $size > self::MAX_BYTES || $start + $size > self::MAX_BYTES || ++$this->entries > self::MAX_ENTRIES ) {
			throw new RuntimeException( 'too large for a restore point' );
		}
		$this->put( "PK\x03\x04" . $common . $name );
		if ( ! $is_folder ) {
			$this->put_file( $path, $size );
		}
		$this->central .= "PK\x01\x02" . pack( 'v', 0x0314 ) . $common . pack( 'vvvVV', 0, 0, 0, $mode << 16, $start ) . $name;
	}

	/**
	 * Writes the directory and closes; only then the archive is one.
	 *
	 * @throws RuntimeException When it cannot be written whole.
	 */
	public function finish(): void {
		$start = $this->offset;
		$this->put( $this->central );
		$this->put( "PK\x05\x06" . pack( 'vvvvVVv', 0, 0, $this->entries, $this->entries, strlen( $this->central ), $start, 0 ) );
		if ( ! fflush( $this->handle ) || ! fclose( $this->handle ) ) {
			throw new RuntimeException( 'cannot finish the archive' );
		}
	}

	private function put( string $bytes ): void {
		if ( strlen( $bytes ) !== @fwrite( $this->handle, $bytes ) ) {
			throw new RuntimeException( 'cannot write the archive' );
		}
		$this->offset += strlen( $bytes );
	}

	private function put_file( string $path, int $size ): void {
		$source = @fopen( $path, 'rb' );
		$copied = false === $source ? -1 : stream_copy_to_stream( $source, $this->handle );
		if ( false !== $source ) {
			fclose( $source );
		}
		if ( $copied !== $size ) {
			throw new RuntimeException( 'a file changed or could not be read while it was stored' );
		}
		$this->offset += $size;
	}

	/** @return array<string, string> */
	private static function listed( string $source ): array {
		$listed = Folder::list_all( $source );
		if ( null === $listed ) {
			throw new RuntimeException( 'the folder cannot be read' );
		}
		return $listed;
	}
}
