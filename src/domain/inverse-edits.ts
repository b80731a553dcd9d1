/** What a site file has to say so that its plan is the inverse of these steps. */
import type { SiteFileEdit } from "../contract/site-file-edit.ts";
import type { Inverse, Step } from "../contract/plan.ts";

/**
 * The edits, to be made in this order: what was done last is undone first. `null` where a step has
 * no inverse, or none that desired state can express: then no proposal can bring it back.
 */
export function inverseEdits(steps: readonly Step[]): SiteFileEdit[] | null {
  const edits = steps
    .toReversed()
    .map(({ target, inverse }) => (inverse === null ? null : editsOf(target, inverse)));
  return edits.every((some) => some !== null) ? edits.flat() : null;
}

function editsOf(target: string, { kind, from, to }: Inverse): SiteFileEdit[] | null {
  const place = ["desired", ...target.split("/")];
  switch (kind) {
    case "plugin.delete":
    case "theme.delete":
      return [{ path: place, value: { state: "absent" } }];
    case "option.set":
      return [{ path: place, value: to ?? undefined }];
    default:
      return typeof to === "string" ? namedEdits({ kind, from, to }, place) : null;
  }
}

/** Of the kinds whose `to` is a version, a state or a theme's name. */
function namedEdits(
  { kind, from, to }: Pick<Inverse, "kind" | "from"> & { readonly to: string },
  place: readonly string[],
): SiteFileEdit[] | null {
  switch (kind) {
    case "core.update":
    case "connector.update":
    case "plugin.update":
    case "theme.update":
      return [{ path: [...place, "version"], value: to }];
    case "plugin.activate":
    case "plugin.deactivate":
      return [{ path: [...place, "state"], value: to }];
    case "theme.activate":
      return typeof from === "string"
        ? [themeState(from, "inactive"), themeState(to, "active")]
        : null;
    case "plugin.install":
    case "theme.install":
      return [{ path: place, value: { version: to, state: "inactive" } }];
    default:
      return null; // one-shot operations have nothing to bring back
  }
}

const themeState = (slug: string, state: "active" | "inactive"): SiteFileEdit => ({
  path: ["desired", "themes", slug, "state"],
  value: state,
});
