/** A plugin that needs another one, as a shop's extensions do. */
import type { Release } from "./release.ts";

const SLUG = "shop-lite";

const VERSIONS = [
  { version: "2.0.0", releasedAt: "2026-08-17T09:00:00Z", requires: "6.5", requiresPhp: "7.4" },
  { version: "2.1.0", releasedAt: "2026-10-19T09:00:00Z", requires: "6.7", requiresPhp: "8.1" },
] as const;

export const shopLite: readonly Release[] = VERSIONS.map((each) => ({
  kind: "plugins",
  slug: SLUG,
  ...each,
  requiresPlugins: ["hello-countersign"],
  files: {
    [`${SLUG}/${SLUG}.php`]: `<?php
/**
 * Plugin Name: Shop Lite
 * Description: A shop with nothing to sell.
 * Version: ${each.version}
 * Requires at least: ${each.requires}
 * Requires PHP: ${each.requiresPhp}
 * Requires Plugins: hello-countersign
 */

add_action( 'wp_footer', function () {
	echo '<!-- ${SLUG} ${each.version} --><p>Shop Lite ${each.version}</p>';
} );
`,
    [`${SLUG}/readme.txt`]: `=== Shop Lite ===
Requires at least: ${each.requires}
Requires PHP: ${each.requiresPhp}
Stable tag: ${each.version}

A shop with nothing to sell.
`,
  },
}));
