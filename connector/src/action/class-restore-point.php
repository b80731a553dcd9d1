<?php
/**
 * A verified copy of what an action will change.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Files\Folder;
use Countersign\Files\Tree;
use Countersign\Files\Zip_Reader;
use Countersign\Files\Zip_Writer;
use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Digest;
use Countersign\State\Database;
use Countersign\State\Storage;
use RuntimeException;

defined( 'ABSPATH' ) || exit;

/**
 * A folder with a manifest, one archive for each part, and copies of option rows. A part counts only
 * when it was read back and its tree is the live one's.
 */
final class Restore_Point {
	/** @var string The action's `sub`, or a name of its own. */
	public $id;

	/** @var array<string, mixed> */
	private $manifest;

	private function __construct( string $id, array $manifest ) {
		$this->id       = $id;
		$this->manifest = $manifest;
	}

	/**
	 * Begins a restore point: option rows now, folders part by part.
	 *
	 * @param string[] $names    Options that steps change.
	 * @param string[] $prefixes Beginnings of the names of the plugins' own options.
	 * @throws RuntimeException When it cannot be written.
	 */
	public static function begin( string $id, array $names, array $prefixes ): self {
		Folder::remove( self::folder_of( $id ) );
		if ( ! Folder::make( self::folder_of( $id ) ) ) {
			throw new RuntimeException( 'no folder for the restore point' );
		}
		$point = new self(
			$id,
			array(
				'version'   => 1,
				'at'        => time(),
				'database'  => null,
				'dbVersion' => (string) get_option( 'db_version' ),
				'parts'     => array(),
				'prefixes'  => $prefixes,
				'rows'      => Option_Rows::copy( $names, $prefixes ),
				'schema'    => Schema::fingerprint(),
			)
		);
		$point->save();
		return $point;
	}

	/** A restore point that is there; null when it is gone or unreadable. */
	public static function load( string $id ): ?self {
		$text     = @file_get_contents( self::folder_of( $id ) . '/manifest.json' );
		$manifest = is_string( $text ) ? Canonical_Json::decode( $text ) : null;
		return null === $manifest ? null : new self( $id, $manifest );
	}

	/**
	 * Adds a folder or file as it is now, or that there is none. Adding it again changes nothing.
	 *
	 * @param string $target What it belongs to, as plans name it.
	 * @throws RuntimeException When it cannot be stored, or what was stored reads back differently.
	 */
	public function add( string $path, string $target ): void {
		if ( in_array( $path, array_column( $this->manifest['parts'], 'path' ), true ) ) {
			return;
		}
		$tree = Tree::digest( $path );
		$zip  = null === $tree ? null : count( $this->manifest['parts'] ) . '.zip';
		if ( null !== $zip ) {
			$file = self::folder_of( $this->id ) . '/' . $zip;
			Zip_Writer::store( $path, $file );
			if ( ( new Zip_Reader( $file ) )->tree() !== $tree ) {
				throw new RuntimeException( 'the copy differs from what is live' );
			}
		}
		$this->manifest['parts'][] = array(
			'modes'  => self::modes( $path ),
			'path'   => $path,
			'single' => is_file( $path ),
			'target' => $target,
			'tree'   => $tree,
			'zip'    => $zip,
		);
		$this->save();
	}

	/** Adds a copy of the database where one can be had. Adding it again changes nothing. */
	public function add_database(): void {
		if ( null === $this->manifest['database'] ) {
			$this->manifest['database'] = Database_Copy::make( self::folder_of( $this->id ) );
			$this->save();
		}
	}

	/** Removes the copy of the database: it belongs to the action that made it. */
	public function forget_database(): void {
		if ( null !== $this->manifest['database'] ) {
			Database_Copy::forget( self::folder_of( $this->id ) );
			$this->manifest['database'] = null;
			$this->save();
		}
	}

	/** Whether `restore()` brings the database back as well. */
	public function brings_database(): bool {
		return null !== $this->manifest['database'] && \Countersign_Database::is_unbroken( $this->manifest['database'] );
	}

	/** Puts everything back; may be called again and again. True when all of it is back. */
	public function restore(): bool {
		return \Countersign_Stub::restore( self::folder_of( $this->id ) );
	}

	/**
	 * Puts only these paths back, and no rows.
	 *
	 * @param string[] $paths As they were added.
	 */
	public function restore_paths( array $paths ): bool {
		return \Countersign_Stub::restore( self::folder_of( $this->id ), $paths );
	}

	/**
	 * Paths that belong to a target, each with the tree that it had.
	 *
	 * @return array<string, string|null>
	 */
	public function trees_of( string $target ): array {
		$trees = array();
		foreach ( $this->manifest['parts'] as $part ) {
			if ( $part['target'] === $target ) {
				$trees[ $part['path'] ] = $part['tree'];
			}
		}
		return $trees;
	}

	/** @return string[] Each target that it holds files of. */
	public function targets(): array {
		return array_values( array_unique( array_column( $this->manifest['parts'], 'target' ) ) );
	}

	/** When it was begun, in Unix time. */
	public function at(): int {
		return $this->manifest['at'];
	}

	/** Whether the database still has the tables and columns that it had. */
	public function has_same_schema(): bool {
		return Schema::fingerprint() === $this->manifest['schema'];
	}

	/** Whether core has upgraded the database since. */
	public function is_database_upgraded(): bool {
		wp_cache_delete( 'alloptions', 'options' );
		return (string) get_option( 'db_version' ) !== $this->manifest['dbVersion'];
	}

	/** @return array{id: string, digest: string} As the receipt names it. */
	public function name(): array {
		return array(
			'id'     => $this->id,
			'digest' => Digest::of( Canonical_Json::encode( $this->manifest ) ),
		);
	}

	/** Restores files only from here on: rows and database belong to the action that copied them. */
	public function seal(): void {
		$this->forget_database();
		$this->manifest['rows']     = array();
		$this->manifest['prefixes'] = array();
		$this->save();
	}

	public static function folder_of( string $id ): string {
		return Storage::in( 'points/' . $id );
	}

	private function save(): void {
		if ( ! Folder::write( self::folder_of( $this->id ) . '/manifest.json', Canonical_Json::encode( $this->manifest ) ) ) {
			throw new RuntimeException( 'the manifest cannot be written' );
		}
	}

	/** @return array<int, array{mode: int, name: string}> Files and folders whose mode is not 0644 or 0755. */
	private static function modes( string $path ): array {
		$modes = array();
		foreach ( is_dir( $path ) ? (array) Folder::list_all( $path ) : array() as $name => $type ) {
			$mode = (int) fileperms( $path . '/' . $name ) & 0777;
			if ( ( 'dir' === $type ? 0755 : 0644 ) !== $mode ) {
				$modes[] = array(
					'mode' => $mode,
					'name' => $name . ( 'dir' === $type ? '/' : '' ),
				);
			}
		}
		return $modes;
	}
}
