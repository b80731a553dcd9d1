<?php
/**
 * What the door answers.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Door;

defined( 'ABSPATH' ) || exit;

/**
 * A signed answer, or a refusal that tells a stranger nothing.
 */
final class Reply {
	/** @var int HTTP status. */
	public $status;

	/** @var array<string, mixed> JSON members. */
	public $body;

	private function __construct( int $status, array $body ) {
		$this->status = $status;
		$this->body   = $body;
	}

	/** @param array{token: string, detail: string} $answer A receipt or evidence. */
	public static function signed( array $answer ): self {
		return new self( 200, $answer );
	}

	/** One text for every reason. */
	public static function refused(): self {
		return self::error( 401, 'countersign_refused', __( 'This message is not accepted.', 'countersign' ) );
	}

	public static function too_many(): self {
		return self::error( 429, 'countersign_too_many', __( 'Too many messages were refused. Try again in a minute.', 'countersign' ) );
	}

	private static function error( int $status, string $code, string $message ): self {
		return new self(
			$status,
			array(
				'code'    => $code,
				'message' => $message,
			)
		);
	}
}
