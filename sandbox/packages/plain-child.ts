/** A child of the theme that a new WordPress wears. */
import type { Release } from "./release.ts";

const SLUG = "plain-child";

const VERSIONS = [
  { version: "1.0", releasedAt: "2026-08-24T09:00:00Z" },
  { version: "1.1", releasedAt: "2026-10-26T09:00:00Z" },
] as const;

export const plainChild: readonly Release[] = VERSIONS.map(({ version, releasedAt }) => ({
  kind: "themes",
  slug: SLUG,
  version,
  releasedAt,
  requires: "6.7",
  requiresPhp: "7.4",
  template: "twentytwentyfive",
  files: {
    [`${SLUG}/style.css`]: `/*
Theme Name: Plain Child
Template: twentytwentyfive
Version: ${version}
Requires at least: 6.7
Requires PHP: 7.4
*/
`,
    [`${SLUG}/functions.php`]: `<?php
add_action( 'wp_footer', function () {
	echo '<!-- ${SLUG} ${version} -->';
} );
`,
  },
}));
