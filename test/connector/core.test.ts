/** WordPress itself, forward and back. What moves thousands of files runs on native PHP only. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, type StepFields } from "../support/connector-plan.ts";
import { type ConnectorSite, frontPage, LANE, startSite } from "../support/connector-site.ts";
import { type ZipEntry, zipOf } from "../support/connector-zip.ts";

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

/** This site's own core as a package of another version, with some files changed. */
function corePackage(version: string, changed: Record<string, (text: string) => string>): Buffer {
  const entries: ZipEntry[] = [];
  const rename = (text: string) =>
    text.replace(/\$wp_version = '[^']*'/u, `$wp_version = '${version}'`);
  const changes: typeof changed = { "wp-includes/version.php": rename, ...changed };
  for (const top of readdirSync(site.dir, { withFileTypes: true })) {
    if (top.name === "wp-content" || top.name === "wp-config.php" || top.name[0] === ".") continue;
    const names = top.isDirectory()
      ? readdirSync(path.join(site.dir, top.name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(site.dir, path.join(entry.parentPath, entry.name)))
      : [top.name];
    for (const name of names) {
      const bytes = readFileSync(path.join(site.dir, name));
      const change = changes[name];
      const text = change === undefined ? bytes : change(bytes.toString());
      entries.push({ name: `wordpress/${name}`, text });
    }
  }
  return zipOf(entries);
}

const coreVersion = (): string | undefined =>
  /\$wp_version = '([^']*)'/u.exec(
    readFileSync(path.join(site.dir, "wp-includes/version.php"), "utf8"),
  )?.[1];
const plan = (from: string, to: string, bytes: Buffer): string => {
  const fields: StepFields = { from, to, package: packageOf(packages, "wordpress", to, bytes) };
  return planText([step("core.update", "core", fields)]);
};

beforeAll(async () => {
  packages = await startPackageServer();
  const constants = { COUNTERSIGN_STEP_SECONDS: 120 };
  site = await startSite({ packageOrigin: packages.origin, constants });
  cp = new ControlPlane(site);
  await cp.pair();
}, 240_000);
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, 60_000);

describe("core.update", () => {
  it.each([
    ["another version", "package_mismatch", "wordpress/wp-includes/version.php"],
    ["no WordPress", "package_unsafe", "other/wp-includes/version.php"],
  ])(
    "is refused when the package is %s",
    async (_, code, name) => {
      const bytes = zipOf([{ name, text: "<?php\n$wp_version = '7.1.5';\n" }]);
      expect((await cp.run(plan("7.1.1", "7.1.4", bytes))).claims.out).toBe(`refused:${code}`);
      expect(coreVersion()).toBe("7.1.1");
    },
    120_000,
  );

  if (LANE !== "native") return;
  it("runs the new version, with the database upgrade that it wants", async () => {
    const raise = (text: string) =>
      text
        .replace(/\$wp_version = '[^']*'/u, "$wp_version = '7.1.2'")
        .replace(/\$wp_db_version = \d+/u, "$wp_db_version = 99999");
    const bytes = corePackage("7.1.2", { "wp-includes/version.php": raise });
    const { claims, detail } = await cp.run(plan("7.1.1", "7.1.2", bytes));
    expect([claims.out, detail["note"], coreVersion()]).toEqual(["applied", null, "7.1.2"]);
    expect(detail["steps"]).toMatchObject([{ target: "core", version: "7.1.2" }]);
    expect(await site.runPhp("echo get_option( 'db_version' );")).toBe("99999");
    expect(await frontPage(site)).toBe("200 1.0");
  }, 240_000);

  it("comes back when the new version does not work", async () => {
    const bytes = corePackage("7.1.3", {
      "wp-includes/default-filters.php": (text) => `${text}\nwordpress_missing_function();\n`,
    });
    const text = plan("7.1.2", "7.1.3", bytes);
    const before = await cp.readiness(text);
    const { claims, detail } = await cp.run(text, { pre: before.pre });
    expect([claims.out, detail["note"]]).toEqual(["rolled_back", "unhealthy"]);
    expect([claims.post, coreVersion()]).toEqual([before.pre, "7.1.2"]);
    expect(await frontPage(site)).toBe("200 1.0");
  }, 240_000);
});
