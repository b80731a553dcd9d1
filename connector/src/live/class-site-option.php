<?php
/**
 * Options that a plan may set.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Live;

use Countersign\Protocol\Canonical_Json;
use Countersign\State\Database;

defined( 'ABSPATH' ) || exit;

/**
 * A closed list with type and range, the same as the control plane's. An option that can lock people
 * out, raise rights or run code is not on it.
 */
final class Site_Option {
	private const TEXT      = array(
		'blogdescription' => array( 0, 200 ),
		'blogname'        => array( 0, 200 ),
		'date_format'     => array( 1, 50 ),
		'time_format'     => array( 1, 50 ),
	);
	private const WORD      = array(
		'default_comment_status' => array( 'open', 'closed' ),
		'default_ping_status'    => array( 'open', 'closed' ),
		'show_on_front'          => array( 'posts', 'page' ),
	);
	private const NUMBER    = array(
		'blog_public'                   => array( 0, 1 ),
		'comment_moderation'            => array( 0, 1 ),
		'comment_registration'          => array( 0, 1 ),
		'comments_notify'               => array( 0, 1 ),
		'large_size_h'                  => array( 0, 10000 ),
		'large_size_w'                  => array( 0, 10000 ),
		'medium_size_h'                 => array( 0, 10000 ),
		'medium_size_w'                 => array( 0, 10000 ),
		'page_for_posts'                => array( 0, 2147483647 ),
		'page_on_front'                 => array( 0, 2147483647 ),
		'posts_per_page'                => array( 1, 100 ),
		'posts_per_rss'                 => array( 1, 100 ),
		'rss_use_excerpt'               => array( 0, 1 ),
		'start_of_week'                 => array( 0, 6 ),
		'thread_comments'               => array( 0, 1 ),
		'thumbnail_size_h'              => array( 0, 10000 ),
		'thumbnail_size_w'              => array( 0, 10000 ),
		'uploads_use_yearmonth_folders' => array( 0, 1 ),
		'use_smilies'                   => array( 0, 1 ),
	);
	private const PERMALINK = '~^(/([a-z0-9-]+|%(year|monthnum|day|hour|minute|second|post_id|postname|category|author)%))*/?$~D';

	/** @var string */
	private $name;

	public function __construct( string $name ) {
		$this->name = $name;
	}

	public function is_listed(): bool {
		return 'permalink_structure' === $this->name || isset( self::TEXT[ $this->name ] ) || isset( self::WORD[ $this->name ] ) || isset( self::NUMBER[ $this->name ] );
	}

	/**
	 * Whether the option may have this value.
	 *
	 * @param mixed $value From the plan.
	 */
	public function allows( $value ): bool {
		if ( isset( self::NUMBER[ $this->name ] ) ) {
			return is_int( $value ) && $value >= self::NUMBER[ $this->name ][0] && $value <= self::NUMBER[ $this->name ][1];
		}
		if ( ! is_string( $value ) ) {
			return false;
		}
		if ( isset( self::WORD[ $this->name ] ) ) {
			return in_array( $value, self::WORD[ $this->name ], true );
		}
		if ( 'permalink_structure' === $this->name ) {
			return strlen( $value ) <= 200 && 1 === preg_match( self::PERMALINK, $value );
		}
		list( $least, $most ) = self::TEXT[ $this->name ] ?? array( 1, 0 );
		$length               = (int) preg_match_all( '/./su', $value );
		return $length >= $least && $length <= $most;
	}

	/**
	 * The stored value, typed as the list says; null where there is no row.
	 *
	 * @return string|int|null
	 */
	public function value() {
		$db  = Database::wpdb();
		$row = $db->get_var( $db->prepare( "SELECT option_value FROM $db->options WHERE option_name = %s", $this->name ) );
		return null === $row ? null : $this->typed( (string) $row );
	}

	/**
	 * Every listed option with a value that the list allows, by its name. An array is never empty
	 * here: a site without a name is none.
	 *
	 * @return array<string, string|int>
	 */
	public static function told(): array {
		$db     = Database::wpdb();
		$names  = array_merge( array( 'permalink_structure' ), array_keys( self::TEXT ), array_keys( self::WORD ), array_keys( self::NUMBER ) );
		$places = implode( ', ', array_fill( 0, count( $names ), '%s' ) );
		$told   = array();
		foreach ( $db->get_results( $db->prepare( "SELECT option_name, option_value FROM $db->options WHERE option_name IN ($places)", $names ), ARRAY_A ) as $row ) {
			$option = new self( (string) $row['option_name'] );
			$value  = $option->typed( (string) $row['option_value'] );
			if ( 1 === preg_match( '//u', (string) $value ) && $option->allows( $value ) ) {
				$told[ $option->name ] = $value;
			}
		}
		return $told;
	}

	/** @return string|int */
	private function typed( string $row ) {
		return isset( self::NUMBER[ $this->name ] ) && 1 === preg_match( '/^-?[0-9]{1,15}$/D', $row ) ? (int) $row : $row;
	}

	/** @return array{target: string, version: null, state: string, tree: null} */
	public function state(): array {
		$value = $this->is_listed() ? $this->value() : null;
		return array(
			'target'  => 'options/' . $this->name,
			'version' => null,
			'state'   => null === $value ? 'absent' : Canonical_Json::encode( $value ),
			'tree'    => null,
		);
	}
}
