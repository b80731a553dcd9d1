<?php
/**
 * The journal: one file whose name is the state of the running action.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Files\Folder;
use Countersign\State\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * `<state>.<step>.<deadline>`, changed only by renaming: whoever wins the rename acts. The file's
 * content is the restore point's name, which is the action's `sub`.
 */
final class Journal {
	public const PREPARED  = 'prepared';
	public const SWAPPED   = 'swapped';
	public const RESTORING = 'restoring';
	public const VERIFIED  = 'verified';
	public const RESTORED  = 'restored';
	public const FAILED    = 'failed';

	/** @var string */
	private $path;

	/** @var string */
	public $state;

	/** @var int Attempts while restoring. */
	public $step;

	/** @var int Unix time after which anyone may take over. */
	public $deadline;

	private function __construct( array $journal ) {
		$this->path     = $journal['path'];
		$this->state    = $journal['state'];
		$this->step     = $journal['step'];
		$this->deadline = $journal['deadline'];
	}

	/** The journal as it stands on disk. */
	public static function current(): ?self {
		$journal = \Countersign_Stub::journal( Storage::path() );
		return null === $journal ? null : new self( $journal );
	}

	/**
	 * Starts a journal. The claim guarantees that there is one writer; what an ended action left is
	 * removed.
	 *
	 * @return self|null Null when it cannot be written, or an action's journal is still open.
	 */
	public static function start( string $sub, int $deadline ): ?self {
		$old = self::current();
		if ( null !== $old && ! $old->is_over() ) {
			return null;
		}
		if ( null !== $old ) {
			Folder::remove( $old->path );
		}
		$draft = Storage::in( 'journal/draft' );
		if ( strlen( $sub ) !== @file_put_contents( $draft, $sub ) || ! @rename( $draft, self::path( self::PREPARED, 1, $deadline ) ) ) {
			return null;
		}
		return self::current();
	}

	/** Changes the state by one rename; false when another process was first. */
	public function move( string $state, int $step, int $deadline ): bool {
		$path = self::path( $state, $step, $deadline );
		if ( $path !== $this->path && ! @rename( $this->path, $path ) ) {
			return false;
		}
		$this->path     = $path;
		$this->state    = $state;
		$this->step     = $step;
		$this->deadline = $deadline;
		return true;
	}

	/** The action that this journal belongs to. */
	public function sub(): string {
		return trim( (string) @file_get_contents( $this->path ) );
	}

	public function is_over(): bool {
		return in_array( $this->state, array( self::VERIFIED, self::RESTORED, self::FAILED ), true );
	}

	private static function path( string $state, int $step, int $deadline ): string {
		return Storage::in( sprintf( 'journal/%s.%d.%d', $state, $step, $deadline ) );
	}
}
