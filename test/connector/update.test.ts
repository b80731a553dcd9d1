/** One plugin update on a real WordPress: forward, refused, and back by itself. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/contract/ids.ts";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, type StepFields, update } from "../support/connector-plan.ts";
import { MISLABELLED, pluginZip, SLUG, UNSAFE } from "../support/connector-plugins.ts";
import {
  type ConnectorSite,
  frontPage,
  journalOf,
  laneCases,
  pluginVersionOnDisk,
  startSite,
  patience,
} from "../support/connector-site.ts";

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

beforeAll(async () => {
  packages = await startPackageServer();
  site = await startSite({ packageOrigin: packages.origin });
  cp = new ControlPlane(site);
  await cp.pair();
}, patience(240_000));
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, patience(60_000));

const TAMPERED: readonly [string, () => StepFields, string][] = [
  ["other bytes", () => ({ sha256: `sha256:${"0".repeat(64)}` }), "package_mismatch"],
  ["a host that is not on the site's list", () => ({ url: elsewhere }), "not_allowed"],
  ["fewer bytes", () => ({ bytes: 10 }), "package_mismatch"],
  ["a redirect", () => ({ url: packages.redirect("/moved", "/there.zip") }), "fetch_failed"],
  ["nothing", () => ({ url: `${packages.origin}/nothing.zip` }), "fetch_failed"],
];
const elsewhere = "https://packages.example.test/x.zip";
const INSIDE: readonly [string, Buffer, string][] = [
  ...Object.entries(UNSAFE).map(([name, bytes]): [string, Buffer, string] => [
    name,
    bytes,
    "package_unsafe",
  ]),
  ["names another version", MISLABELLED, "package_mismatch"],
];
const BROKEN: readonly [string, string][] = [
  ["1.2", "fatal on a hook"],
  ["1.4", "white screen with 200"],
  ["1.3", "fatal in wp-admin only"],
  ["1.5", "a parse error"],
  ["1.7", "redirecting the front page"],
  ["1.8", "closing REST"],
  ["2.0", "fatal at load"],
];

describe("plugin.update", () => {
  let pre: Digest;

  it.each(laneCases(TAMPERED, 1))(
    "R16: changes nothing when the source gives %s",
    async (_, over, code) => {
      const good = packageOf(packages, SLUG, "1.1", pluginZip("1.1"));
      const fields = { from: "1.0", to: "1.1", package: { ...good, ...over() } };
      const plan = planText([step("plugin.update", `plugins/${SLUG}`, fields)]);
      pre ??= (await cp.readiness(plan)).pre;
      expect((await cp.run(plan, { pre })).claims.out).toBe(`refused:${code}`);
      expect(pluginVersionOnDisk(site)).toBe("1.0");
    },
    patience(60_000),
  );

  it.each(laneCases(INSIDE, 1))(
    "changes nothing when the package %s",
    async (_, bytes, code) => {
      const plan = planText([update(packages, "1.0", "1.1", bytes)]);
      expect((await cp.run(plan, { pre })).claims.out).toBe(`refused:${code}`);
      expect(pluginVersionOnDisk(site)).toBe("1.0");
    },
    patience(60_000),
  );

  it(
    "R20: runs 1.1 and says what it read back",
    async () => {
      const plan = planText([update(packages, "1.0", "1.1")]);
      const before = await cp.readiness(plan);
      const { claims, detail } = await cp.run(plan);
      expect([claims.out, detail["schemaChanged"]]).toEqual(["applied", false]);
      expect(claims.pre).toBe(before.pre);
      expect(claims.post).not.toBe(before.pre);
      expect(detail["steps"]).toMatchObject([
        { kind: "plugin.update", result: "applied", state: "active", version: "1.1" },
      ]);
      const all = [...detail["probes"].before, ...detail["probes"].after] as { ok: boolean }[];
      expect(all).toHaveLength(8);
      expect(all.every((probe) => probe.ok)).toBe(true);
      expect(pluginVersionOnDisk(site)).toBe("1.1");
      expect(await frontPage(site)).toBe("200 1.1");
      expect(journalOf(site)).toMatch(/^verified\./u);
    },
    patience(60_000),
  );

  it(
    "R17: answers already_applied when the goal is live, and drifted when the start is not",
    async () => {
      const done = planText([update(packages, "1.0", "1.1")], { volatile: ["again"] });
      expect((await cp.run(done)).claims.out).toBe("already_applied");
      const plan = planText([update(packages, "1.1", "1.2")]);
      const { pre: other } = await cp.readiness(
        planText([step("plugin.update", "plugins/akismet")]),
      );
      expect((await cp.run(plan, { pre: other })).claims.out).toBe("refused:drifted");
      expect(await frontPage(site)).toBe("200 1.1");
    },
    patience(60_000),
  );

  it.each(laneCases(BROKEN, 1))(
    "puts 1.1 back when %s is %s",
    async (version) => {
      const plan = planText([update(packages, "1.1", version)], { volatile: [version] });
      const before = await cp.readiness(plan);
      const { claims, detail } = await cp.run(plan);
      expect([claims.out, detail["note"]]).toEqual(["rolled_back", "unhealthy"]);
      expect(claims.post).toBe(before.pre);
      expect((detail["probes"].after as { ok: boolean }[]).some((probe) => !probe.ok)).toBe(true);
      expect((detail["probes"].restored as { ok: boolean }[]).every((probe) => probe.ok)).toBe(
        true,
      );
      expect(pluginVersionOnDisk(site)).toBe("1.1");
      expect(await frontPage(site)).toBe("200 1.1");
      expect(journalOf(site)).toMatch(/^restored\./u);
    },
    patience(60_000),
  );

  it(
    "puts own options back and says that a new table stays",
    async () => {
      await site.runPhp("update_option( 'hello_countersign_kept', 'old' );");
      const { claims, detail } = await cp.run(planText([update(packages, "1.1", "1.6")]));
      expect([claims.out, detail["schemaChanged"]]).toEqual(["rolled_back_files_only", true]);
      const options = await site.runPhp(
        "echo get_option( 'hello_countersign_kept' ), ' ', get_option( 'hello_countersign_schema', 'absent' );",
      );
      expect(options).toBe("old absent");
    },
    patience(60_000),
  );

  it(
    "says that the new version added a table, for everybody who plans the same step",
    async () => {
      const { claims, detail } = await cp.run(planText([update(packages, "1.1", "2.1")]));
      expect([claims.out, detail["schemaChanged"]]).toEqual(["applied", true]);
      const back = planText([update(packages, "2.1", "1.1")], { volatile: ["back"] });
      expect((await cp.run(back)).detail["schemaChanged"]).toBe(false);
    },
    patience(120_000),
  );
});
