<?php
/**
 * A persistent object cache in one file, as a drop-in: options stay in it between requests.
 */

require_once ABSPATH . WPINC . '/class-wp-object-cache.php';

function wp_cache_file() { return dirname( ABSPATH ) . '/logs/object-cache'; }
function wp_cache_init() {
	$GLOBALS['wp_object_cache'] = new WP_Object_Cache();
	$kept = @unserialize( (string) @file_get_contents( wp_cache_file() ) );
	foreach ( is_array( $kept ) ? $kept : array() as $group => $values ) {
		foreach ( $values as $key => $value ) { $GLOBALS['wp_object_cache']->set( $key, $value, $group ); }
	}
	wp_using_ext_object_cache( true );
}
function wp_cache_keep() {
	$cache = new ReflectionProperty( 'WP_Object_Cache', 'cache' );
	$cache->setAccessible( true );
	$all = $cache->getValue( $GLOBALS['wp_object_cache'] );
	$out = array_intersect_key( $all, array_flip( array( 'options', 'transient', 'site-transient', 'site-options' ) ) );
	file_put_contents( wp_cache_file(), serialize( $out ), LOCK_EX );
}
function wp_cache_add( $k, $d, $g = '', $e = 0 ) { return $GLOBALS['wp_object_cache']->add( $k, $d, $g ?: 'default', (int) $e ); }
function wp_cache_set( $k, $d, $g = '', $e = 0 ) { $r = $GLOBALS['wp_object_cache']->set( $k, $d, $g ?: 'default', (int) $e ); wp_cache_keep(); return $r; }
function wp_cache_replace( $k, $d, $g = '', $e = 0 ) { return $GLOBALS['wp_object_cache']->replace( $k, $d, $g ?: 'default', (int) $e ); }
function wp_cache_get( $k, $g = '', $f = false, &$found = null ) { return $GLOBALS['wp_object_cache']->get( $k, $g ?: 'default', $f, $found ); }
function wp_cache_delete( $k, $g = '' ) { $r = $GLOBALS['wp_object_cache']->delete( $k, $g ?: 'default' ); wp_cache_keep(); return $r; }
function wp_cache_incr( $k, $o = 1, $g = '' ) { return $GLOBALS['wp_object_cache']->incr( $k, $o, $g ?: 'default' ); }
function wp_cache_decr( $k, $o = 1, $g = '' ) { return $GLOBALS['wp_object_cache']->decr( $k, $o, $g ?: 'default' ); }
function wp_cache_flush() { $r = $GLOBALS['wp_object_cache']->flush(); wp_cache_keep(); return $r; }
function wp_cache_close() { return true; }
function wp_cache_add_global_groups( $g ) { $GLOBALS['wp_object_cache']->add_global_groups( $g ); }
function wp_cache_add_non_persistent_groups( $g ) {}
function wp_cache_switch_to_blog( $b ) { $GLOBALS['wp_object_cache']->switch_to_blog( $b ); }
