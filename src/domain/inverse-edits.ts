/** What a site file has to say so that its plan is the inverse of these steps. */
import type { SiteFileEdit } from "../contract/site-file-edit.ts";
import type { Inverse, Step } from "../contract/plan.ts";

/**
 * The edits in the order of the file; `null` where a step has no inverse, or none that desired
 * state can express: then no proposal can bring it back.
 */
export function inverseEdits(steps: readonly Step[]): SiteFileEdit[] | null {
  const edits = steps.map(({ target, inverse }) =>
    inverse === null ? null : edit(target, inverse),
  );
  return edits.every((one) => one !== null) ? edits : null;
}

function edit(target: string, { kind, to }: Inverse): SiteFileEdit | null {
  const [folder = "", name = ""] = target.split("/");
  const place = ["desired", folder, name];
  switch (kind) {
    case "plugin.update":
    case "theme.update":
      return typeof to === "string" ? { path: [...place, "version"], value: to } : null;
    case "plugin.activate":
    case "plugin.deactivate":
    case "theme.activate":
      return typeof to === "string" ? { path: [...place, "state"], value: to } : null;
    case "plugin.delete":
    case "theme.delete":
      return { path: place, value: { state: "absent" } };
    case "plugin.install":
    case "theme.install":
      return typeof to === "string"
        ? { path: place, value: { version: to, state: "inactive" } }
        : null;
    case "core.update":
      return typeof to === "string" ? { path: ["desired", "core", "version"], value: to } : null;
    case "connector.update":
      return typeof to === "string"
        ? { path: ["desired", "connector", "version"], value: to }
        : null;
    case "option.set":
      return { path: place, value: to ?? undefined };
    default:
      return null; // one-shot operations have nothing to bring back
  }
}
