<?php
/**
 * Reads zip files: what a package holds, and restore points back to disk.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Files;

use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * One opened archive. Its directory and the headers beside the data have to tell the same; whatever
 * else a zip file could be is refused by exception.
 */
final class Zip_Reader {
	private const STORED    = 0;
	private const DEFLATED  = 8;
	private const ENCRYPTED = 1;
	private const MAX_TAIL  = 65557;

	/** @var resource */
	private $handle;

	/** @var array<string, array{method: int, crc: int, packed: int, size: int, mode: int, offset: int}> */
	private $entries = array();

	/**
	 * @throws RuntimeException When the file is not a plain zip archive.
	 */
	public function __construct( string $zip ) {
		$handle = @fopen( $zip, 'rb' );
		if ( false === $handle ) {
			throw new RuntimeException( 'cannot open the archive' );
		}
		$this->handle = $handle;
		$this->read_directory( (int) filesize( $zip ) );
	}

	public function __destruct() {
		fclose( $this->handle );
	}

	/** @return string[] Names as stored; a folder's ends with `/`. */
	public function names(): array {
		return array_map( 'strval', array_keys( $this->entries ) );
	}

	/** Bytes of all files when unpacked, as the directory says. */
	public function unpacked_bytes(): int {
		return (int) array_sum( array_column( $this->entries, 'size' ) );
	}

	/** Whether an entry is neither a regular file nor a folder. */
	public function is_special( string $name ): bool {
		$type = $this->entries[ $name ]['mode'] & 0170000;
		return ! in_array( $type, array( 0, 0100000, 0040000 ), true );
	}

	/**
	 * The bytes of one entry.
	 *
	 * @throws RuntimeException When it is not there, larger than the limit, or damaged.
	 */
	public function read( string $name, int $limit ): string {
		if ( ! isset( $this->entries[ $name ] ) || $this->entries[ $name ]['size'] > $limit ) {
			throw new RuntimeException( 'no such entry, or too large' );
		}
		$entry = $this->entries[ $name ];
		$this->seek_data( $name );
		$bytes = 0 === $entry['packed'] ? '' : (string) stream_get_contents( $this->handle, $entry['packed'] );
		if ( self::DEFLATED === $entry['method'] ) {
			$bytes = function_exists( 'gzinflate' ) ? (string) @gzinflate( $bytes, $entry['size'] + 1 ) : '';
		}
		if ( strlen( $bytes ) !== $entry['size'] || (int) hexdec( hash( 'crc32b', $bytes ) ) !== $entry['crc'] ) {
			throw new RuntimeException( 'damaged entry' );
		}
		return $bytes;
	}

	/**
	 * Unpacks an archive of `Zip_Writer` into a new folder.
	 *
	 * @throws RuntimeException When anything cannot be written; the folder is then worthless.
	 */
	public function unpack_stored( string $folder ): void {
		self::make_folder( $folder );
		$folders = array();
		foreach ( $this->entries as $name => $entry ) {
			$name = (string) $name;
			$path = $folder . '/' . rtrim( $name, '/' );
			if ( self::STORED !== $entry['method'] || self::is_unsafe( $name ) ) {
				throw new RuntimeException( 'not a restore point' );
			}
			if ( '/' === substr( $name, -1 ) ) {
				self::make_folder( $path );
				$folders[ $path ] = $entry['mode'] & 0777;
			} else {
				self::make_folder( dirname( $path ) );
				$this->copy_stored( $name, $path );
				@chmod( $path, $entry['mode'] & 0777 );
			}
		}
		foreach ( array_reverse( $folders ) as $path => $mode ) {
			@chmod( $path, $mode );
		}
	}

	/**
	 * Tree digest of what an archive of `Zip_Writer` holds, as `Tree::digest()` counts.
	 *
	 * @throws RuntimeException When an entry is damaged.
	 */
	public function tree(): string {
		$context = hash_init( 'sha256' );
		$names   = $this->names();
		sort( $names, SORT_STRING );
		foreach ( $names as $name ) {
			if ( '/' !== substr( $name, -1 ) ) {
				hash_update( $context, $this->hash_stored( $name ) . ' ' . $name . "\n" );
			}
		}
		return 'sha256:' . hash_final( $context );
	}

	private function hash_stored( string $name ): string {
		$this->seek_data( $name );
		$hash = Sha256::of_next( $this->handle, $this->entries[ $name ]['size'] );
		if ( null === $hash ) {
			throw new RuntimeException( 'damaged entry' );
		}
		return $hash;
	}

	/** Whether a name could leave the folder that it is unpacked into, or mean two things. */
	public static function is_unsafe( string $name ): bool {
		return '' === $name || '/' === $name[0] || 1 === preg_match( '~(^|/)\.{1,2}(/|$)|//|[\x00-\x1f\x7f\\\\:]~', $name );
	}

	private function copy_stored( string $name, string $path ): void {
		$this->seek_data( $name );
		$size   = $this->entries[ $name ]['size'];
		$target = @fopen( $path, 'wb' );
		$copied = false === $target ? -1 : ( 0 === $size ? 0 : stream_copy_to_stream( $this->handle, $target, $size ) );
		if ( false === $target || ! fclose( $target ) || $copied !== $size ) {
			throw new RuntimeException( 'cannot write what is restored' );
		}
	}

	/** Goes to an entry's data; the header there has to name the same entry. */
	private function seek_data( string $name ): void {
		fseek( $this->handle, $this->entries[ $name ]['offset'] );
		$header = (string) fread( $this->handle, 30 );
		$fields = 30 === strlen( $header ) ? unpack( 'Vmark/x22/vname/vextra', $header ) : false;
		if ( false === $fields || 0x04034b50 !== $fields['mark'] || strlen( $name ) !== $fields['name'] ) {
			throw new RuntimeException( 'directory and data disagree' );
		}
		if ( fread( $this->handle, $fields['name'] ) !== $name ) {
			throw new RuntimeException( 'directory and data disagree' );
		}
		fseek( $this->handle, $fields['extra'], SEEK_CUR );
	}

	private function read_directory( int $file_size ): void {
		$length = min( $file_size, self::MAX_TAIL );
		fseek( $this->handle, $file_size - $length );
		$tail = $length > 0 ? (string) stream_get_contents( $this->handle, $length ) : '';
		$at   = strrpos( $tail, "PK\x05\x06" );
		if ( false === $at || strlen( $tail ) - $at < 22 ) {
			throw new RuntimeException( 'not a zip archive' );
		}
		$end = (array) unpack( 'vdisk/vstart/vhere/vall/Vbytes/Voffset/vcomment', substr( $tail, $at + 4, 18 ) );
		if ( 0 !== $end['disk'] + $end['start'] || $end['here'] !== $end['all'] || $end['offset'] + $end['bytes'] !== $file_size - $length + $at ) {
			throw new RuntimeException( 'not a plain zip archive' );
		}
		fseek( $this->handle, $end['offset'] );
		$directory = $end['bytes'] > 0 ? (string) stream_get_contents( $this->handle, $end['bytes'] ) : '';
		$this->read_entries( $directory, $end['all'] );
	}

	private function read_entries( string $directory, int $count ): void {
		$at = 0;
		for ( $i = 0; $i < $count; $i++ ) {
			$head = substr( $directory, $at, 46 );
			if ( 46 !== strlen( $head ) || "PK\x01\x02" !== substr( $head, 0, 4 ) ) {
				throw new RuntimeException( 'broken directory' );
			}
			$entry = (array) unpack( 'vmade/vneeds/vflags/vmethod/Vtime/Vcrc/Vpacked/Vsize/vname/vextra/vcomment/vdisk/vinternal/Vexternal/Voffset', substr( $head, 4 ) );
			$name  = substr( $directory, $at + 46, $entry['name'] );
			$at   += 46 + $entry['name'] + $entry['extra'] + $entry['comment'];
			$this->add_entry( $name, $entry );
		}
		if ( strlen( $directory ) !== $at ) {
			throw new RuntimeException( 'broken directory' );
		}
	}

	private function add_entry( string $name, array $entry ): void {
		$known = self::STORED === $entry['method'] || self::DEFLATED === $entry['method'];
		if ( strlen( $name ) !== $entry['name'] || isset( $this->entries[ $name ] ) || ! $known || ( $entry['flags'] & self::ENCRYPTED ) ) {
			throw new RuntimeException( 'an entry twice, encrypted or packed in an unknown way' );
		}
		$this->entries[ $name ] = array(
			'method' => $entry['method'],
			'crc'    => $entry['crc'],
			'packed' => $entry['packed'],
			'size'   => $entry['size'],
			'mode'   => 3 === $entry['made'] >> 8 ? $entry['external'] >> 16 : 0,
			'offset' => $entry['offset'],
		);
	}

	private static function make_folder( string $folder ): void {
		if ( ! is_dir( $folder ) && ! @mkdir( $folder, 0755, true ) && ! is_dir( $folder ) ) {
			throw new RuntimeException( 'cannot make a folder' );
		}
	}
}
