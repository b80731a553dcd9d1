<?php
/**
 * What an action has found and done so far, for the process that goes on.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Files\Folder;
use Countersign\Protocol\Canonical_Json;
use Countersign\State\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * A folder with the fetched packages and one small file, written whole before each rename of the
 * journal.
 */
final class Work {
	private const EMPTY = array(
		'after'    => array(),
		'awaits'   => null,
		'before'   => array(),
		'idle'     => false,
		'note'     => null,
		'reached'  => 0,
		'restored' => array(),
	);

	/** @var string */
	private $folder;

	/** @var array<string, mixed> */
	private $found;

	private function __construct( string $folder, array $found ) {
		$this->folder = $folder;
		$this->found  = $found;
	}

	/** The work of an action; empty where there is none yet. */
	public static function of( string $sub ): self {
		$folder = Storage::in( 'work/' . $sub );
		$text   = @file_get_contents( $folder . '/work.json' );
		$found  = is_string( $text ) ? Canonical_Json::decode( $text ) : null;
		Folder::make( $folder );
		return new self( $folder, ( null === $found ? array() : $found ) + self::EMPTY );
	}

	/** @return mixed What was found under a name. */
	public function get( string $name ) {
		return $this->found[ $name ];
	}

	/** @param mixed $value What was found. */
	public function note( string $name, $value ): void {
		$this->found[ $name ] = $value;
		Folder::write( $this->folder . '/work.json', Canonical_Json::encode( $this->found ) );
	}

	/** Where a step's package is kept. */
	public function package( int $number ): string {
		return $this->folder . '/countersign-' . $number . '.zip';
	}

	public function forget(): void {
		Folder::remove( $this->folder );
	}
}
