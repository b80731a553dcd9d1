/** One plugin update on a real WordPress: forward, refused, and back by itself. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, update } from "../support/connector-plan.ts";
import { MISLABELLED, pluginZip, SLUG, UNSAFE } from "../support/connector-plugins.ts";
import {
  type ConnectorSite,
  frontPage,
  journalOf,
  pluginVersionOnDisk,
  startSite,
} from "../support/connector-site.ts";

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

beforeAll(async () => {
  packages = await startPackageServer();
  site = await startSite({ packageOrigin: packages.origin });
  cp = new ControlPlane(site);
  await cp.pair();
}, 240_000);
afterAll(async () => {
  await site?.close();
  await packages?.close();
});

describe("plugin.update", () => {
  it("changes nothing when the package is not what was reviewed", async () => {
    const good = packageOf(packages, SLUG, "1.1", pluginZip("1.1"));
    const to = (over: Record<string, string | number>, name: string) =>
      planText(
        [
          step("plugin.update", `plugins/${SLUG}`, {
            from: "1.0",
            to: "1.1",
            package: { ...good, ...over },
          }),
        ],
        { volatile: [name] },
      );
    const moved = packages.redirect("/moved.zip", "/hello-countersign-1.1.zip");
    const outcomes: [string, string][] = [];
    for (const [name, over] of Object.entries({
      digest: { sha256: `sha256:${"0".repeat(64)}` },
      size: { bytes: 10 },
      redirect: { url: moved },
      missing: { url: `${packages.origin}/nothing.zip` },
      host: { url: "https://packages.example.test/x.zip" },
    })) {
      outcomes.push([name, (await cp.run(to(over, name))).claims.out]);
    }
    expect(Object.fromEntries(outcomes)).toEqual({
      digest: "refused:package_mismatch",
      size: "refused:package_mismatch",
      redirect: "refused:fetch_failed",
      missing: "refused:fetch_failed",
      host: "refused:not_allowed",
    });
    expect(pluginVersionOnDisk(site)).toBe("1.0");
  }, 120_000);

  it("looks inside the package before WordPress does", async () => {
    const outcomes: Record<string, string> = {};
    for (const [name, bytes] of Object.entries({ ...UNSAFE, mislabelled: MISLABELLED })) {
      const plan = planText([update(packages, "1.0", "1.1", bytes)]);
      outcomes[name] = (await cp.run(plan)).claims.out;
    }
    const unsafe = Object.keys(UNSAFE).map((name) => [name, "refused:package_unsafe"]);
    const expected = { ...Object.fromEntries(unsafe), mislabelled: "refused:package_mismatch" };
    expect(outcomes).toEqual(expected);
    expect(pluginVersionOnDisk(site)).toBe("1.0");
  }, 120_000);

  it("runs 1.1 and says what it read back", async () => {
    const plan = planText([update(packages, "1.0", "1.1")]);
    const before = await cp.readiness(plan);
    const { claims, detail } = await cp.run(plan);
    expect(claims.out).toBe("applied");
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
  }, 60_000);

  it("answers already_applied when the goal is live, and drifted when the start is not", async () => {
    const done = planText([update(packages, "1.0", "1.1")], { volatile: ["again"] });
    expect((await cp.run(done)).claims.out).toBe("already_applied");
    const plan = planText([update(packages, "1.1", "1.2")]);
    const { pre: other } = await cp.readiness(planText([step("plugin.update", "plugins/akismet")]));
    expect((await cp.run(plan, { pre: other })).claims.out).toBe("refused:drifted");
    expect(await frontPage(site)).toBe("200 1.1");
  }, 60_000);

  it.each([
    ["1.2", "fatal on a hook"],
    ["1.3", "fatal in wp-admin only"],
    ["1.4", "white screen with 200"],
    ["1.5", "a parse error"],
    ["1.7", "redirects the front page"],
    ["1.8", "closes REST"],
    ["2.0", "fatal at load"],
  ])(
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
    60_000,
  );

  it("puts own options back and says that a new table stays", async () => {
    await site.runPhp("update_option( 'hello_countersign_kept', 'old' );");
    const { claims } = await cp.run(planText([update(packages, "1.1", "1.6")]));
    expect(claims.out).toBe("rolled_back_files_only");
    const options = await site.runPhp(
      "echo get_option( 'hello_countersign_kept' ), ' ', get_option( 'hello_countersign_schema', 'absent' );",
    );
    expect(options).toBe("old absent");
  }, 60_000);
});
