/** Site plans for the connector's tests, as exact RFC 8785 text. */
import { canonicalText, type Json } from "../../src/signing/canonical.ts";
import { pluginZip, SLUG } from "./connector-plugins.ts";
import type { PackageServer } from "./connector-packages.ts";
import { sha256Of } from "./connector-zip.ts";

export type StepFields = Readonly<Record<string, Json>>;

const STEP = { from: null, inverse: null, package: null, reversibility: "reversible", to: null };

/** A step of any kind; members that are not named are empty. */
export const step = (kind: string, target: string, over: StepFields = {}): StepFields => ({
  ...STEP,
  kind,
  target,
  ...over,
});

export function planText(steps: readonly StepFields[], over: StepFields = {}): string {
  return canonicalText({ version: 1, steps, health: [], volatile: [], ...over });
}

/** A package of these bytes on the server, as a plan names it. */
export function packageOf(
  packages: PackageServer,
  name: string,
  version: string,
  bytes: Buffer,
): StepFields {
  const url = packages.put(`/${name}-${version}.zip`, bytes);
  return { bytes: bytes.length, sha256: sha256Of(bytes), url, version };
}

/** `plugin.update` of the test plugin. */
export function update(
  packages: PackageServer,
  from: string,
  to: string,
  bytes = pluginZip(to),
): StepFields {
  const pack = packageOf(packages, SLUG, to, bytes);
  return step("plugin.update", `plugins/${SLUG}`, { from, to, package: pack });
}
