/** WordPress itself, forward and back. What moves thousands of files runs on native PHP only. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  corePackage,
  corePlan,
  coreVersion,
  labelled,
  withoutAssets,
} from "../support/connector-core.ts";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import {
  type ConnectorSite,
  frontPage,
  LANE,
  startSite,
  patience,
} from "../support/connector-site.ts";
import { zipOf } from "../support/connector-zip.ts";

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

const plan = (from: string, to: string, bytes: Buffer): string =>
  corePlan(packages, [from, to], bytes);

beforeAll(async () => {
  packages = await startPackageServer();
  const constants = { COUNTERSIGN_STEP_SECONDS: 120 };
  site = await startSite({ packageOrigin: packages.origin, constants });
  withoutAssets(site);
  cp = new ControlPlane(site);
  await cp.pair();
}, patience(240_000));
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, patience(60_000));

describe("core.update", () => {
  it.each([
    ["another version", "package_mismatch", "wordpress/wp-includes/version.php"],
    ["no WordPress", "package_unsafe", "other/wp-includes/version.php"],
  ])(
    "is refused when the package is %s",
    async (_, code, name) => {
      const bytes = zipOf([{ name, text: "<?php\n$wp_version = '7.1.5';\n" }]);
      expect((await cp.run(plan("7.1.1", "7.1.4", bytes))).claims.out).toBe(`refused:${code}`);
      expect(coreVersion(site)).toBe("7.1.1");
    },
    patience(120_000),
  );

  if (LANE !== "native") return;
  it(
    "runs the new version, with the database upgrade that it wants",
    async () => {
      const bytes = corePackage(site, "7.1.2", {
        "wp-includes/version.php": labelled("7.1.2", 99999),
      });
      const { claims, detail } = await cp.run(plan("7.1.1", "7.1.2", bytes));
      expect([claims.out, detail["note"], coreVersion(site)]).toEqual(["applied", null, "7.1.2"]);
      expect(detail["steps"]).toMatchObject([{ target: "core", version: "7.1.2" }]);
      expect(await site.runPhp("echo get_option( 'db_version' );")).toBe("99999");
      expect(await frontPage(site)).toBe("200 1.0");
    },
    patience(240_000),
  );

  it(
    "comes back when the new version does not work",
    async () => {
      const bytes = corePackage(site, "7.1.3", {
        "wp-includes/default-filters.php": (text) => `${text}\nwordpress_missing_function();\n`,
      });
      const text = plan("7.1.2", "7.1.3", bytes);
      const before = await cp.readiness(text);
      const { claims, detail } = await cp.run(text, { pre: before.pre });
      expect([claims.out, detail["note"]]).toEqual(["rolled_back", "unhealthy"]);
      expect([claims.post, coreVersion(site)]).toEqual([before.pre, "7.1.2"]);
      expect(await frontPage(site)).toBe("200 1.0");
    },
    patience(240_000),
  );
});
