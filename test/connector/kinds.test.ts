/** Every kind of change, forward and back, on a real WordPress. */
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, type StepFields, update } from "../support/connector-plan.ts";
import { pluginZip, SLUG } from "../support/connector-plugins.ts";
import {
  type ConnectorSite,
  frontPage,
  laneCases,
  pluginVersionOnDisk,
  startSite,
  describeFully,
  itFully,
  statusOf,
  patience,
} from "../support/connector-site.ts";
import { THEME, themeZip } from "../support/connector-themes.ts";
import { zipOf } from "../support/connector-zip.ts";

const PLUGIN = `plugins/${SLUG}`;
const LOOK = `themes/${THEME}`;
const OTHER = "second-plugin";
let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;
let plans = 0;

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

const fresh = (...steps: StepFields[]): string =>
  planText(steps, { volatile: [`nothing/${plans++}`] });
const run = async (...steps: StepFields[]) => await cp.run(fresh(...steps));
const outcome = async (...steps: StepFields[]): Promise<string> => (await run(...steps)).claims.out;
const active = (from: string, to: string): StepFields =>
  step(to === "active" ? "plugin.activate" : "plugin.deactivate", PLUGIN, { from, to });
const other = (code: string): Buffer =>
  zipOf([
    {
      name: `${OTHER}/${OTHER}.php`,
      text: `<?php\n/* Plugin Name: Second\n * Version: 3.0\n */\n${code}`,
    },
  ]);
const installOther = (code = ""): StepFields =>
  step("plugin.install", `plugins/${OTHER}`, {
    to: "3.0",
    package: packageOf(packages, OTHER, "3.0", other(code)),
  });
const activateOther = step("plugin.activate", `plugins/${OTHER}`, {
  from: "inactive",
  to: "active",
});
const theme = (kind: string, from: string | null, to: string | null, breaks = false): StepFields =>
  step(kind, LOOK, {
    from,
    to,
    package: to === null ? null : packageOf(packages, THEME, to, themeZip(to, breaks)),
  });
const option = (name: string, to: string | number): StepFields =>
  step("option.set", `options/${name}`, { to });
const onDisk = (name: string): boolean => existsSync(path.join(site.dir, "wp-content", name));

describe("plugins", () => {
  itFully?.(
    "stop, start, go and come, each read back",
    async () => {
      expect(await outcome(active("active", "inactive"))).toBe("applied");
      expect(await frontPage(site)).toBe("200 no marker");
      expect(await outcome(active("inactive", "active"))).toBe("applied");
      expect(await frontPage(site)).toBe("200 1.0");
      const gone = await run(
        active("active", "inactive"),
        step("plugin.delete", PLUGIN, { from: "1.0" }),
      );
      expect([gone.claims.out, gone.detail["steps"][1].state]).toEqual(["applied", "absent"]);
      expect(onDisk(PLUGIN)).toBe(false);
      const pack = packageOf(packages, SLUG, "1.1", pluginZip("1.1"));
      const install = step("plugin.install", PLUGIN, { to: "1.1", package: pack });
      expect(await outcome(install, active("inactive", "active"))).toBe("applied");
      expect(await frontPage(site)).toBe("200 1.1");
      expect(await outcome(install, active("inactive", "active"))).toBe("already_applied");
    },
    patience(120_000),
  );

  it(
    "are one unit: what a later step breaks undoes the earlier ones",
    async () => {
      const before = pluginVersionOnDisk(site);
      const fatal = "add_action( 'init', function () { second_missing(); } );\n";
      const { claims, detail } = await run(
        update(packages, pluginVersionOnDisk(site) ?? "", "1.3"),
        installOther(fatal),
        activateOther,
      );
      expect(claims.out).toBe("rolled_back");
      expect(detail["steps"]).toMatchObject([
        { result: "restored", version: before, state: "active" },
        { result: "restored", version: null, state: "absent" },
        { result: "restored", version: null, state: "absent" },
      ]);
      expect(onDisk(`plugins/${OTHER}`)).toBe(false);
      expect(await frontPage(site)).toBe(`200 ${before}`);
    },
    patience(60_000),
  );

  itFully?.(
    "that end the process while they start are undone all the same",
    async () => {
      const plan = fresh(installOther("exit;\n"), activateOther);
      const { pre } = await cp.readiness(plan);
      const signed = cp.authorise({ plan, pre });
      await cp.post(await cp.message(signed));
      const receipt = cp.open("receipt", await cp.post(await cp.message(signed)));
      expect([receipt.claims.out, receipt.detail["note"]]).toEqual([
        "rolled_back",
        "process_ended",
      ]);
      expect(onDisk(`plugins/${OTHER}`)).toBe(false);
      expect(await frontPage(site)).toBe(`200 ${pluginVersionOnDisk(site)}`);
    },
    patience(60_000),
  );

  itFully?.(
    "are refused where the plan says nothing that can be done",
    async () => {
      const none = await outcome(step("plugin.update", PLUGIN, { from: "1.1", to: "1.2" }));
      const own = await outcome(
        step("plugin.deactivate", "plugins/countersign", { from: "active", to: "inactive" }),
      );
      const missing = await outcome(
        step("plugin.activate", "plugins/nowhere", { from: "inactive", to: "active" }),
      );
      expect([none, own, missing]).toEqual([
        "refused:unsupported",
        "refused:not_allowed",
        "rolled_back",
      ]);
    },
    patience(60_000),
  );
});

describeFully?.("themes", () => {
  itFully?.(
    "come, change, become active, break and go",
    async () => {
      expect(await outcome(theme("theme.install", null, "1.0"))).toBe("applied");
      expect(await outcome(theme("theme.update", "1.0", "1.1"))).toBe("applied");
      const wear = step("theme.activate", LOOK, { from: "twentytwentyfive", to: THEME });
      const worn = await run(wear);
      expect([worn.claims.out, worn.detail["steps"][0].state]).toEqual(["applied", "active"]);
      const broken = await run(theme("theme.update", "1.1", "1.2", true));
      expect([broken.claims.out, broken.detail["steps"][0].version]).toEqual([
        "rolled_back",
        "1.1",
      ]);
      expect(await frontPage(site)).toMatch(/^200/u);
      const used = await run(step("theme.delete", LOOK, { from: "1.1" }));
      expect([used.claims.out, used.detail["note"]]).toEqual(["rolled_back", "still_active"]);
      const old = step("theme.activate", "themes/twentytwentyfive", {
        from: THEME,
        to: "twentytwentyfive",
      });
      expect(await outcome(old, step("theme.delete", LOOK, { from: "1.1" }))).toBe("applied");
      expect(onDisk(LOOK)).toBe(false);
    },
    patience(180_000),
  );
});

describe("options", () => {
  it(
    "of the list are set, typed, and already there the second time",
    async () => {
      const { claims, detail } = await run(option("blogdescription", "Fresh bread — daily"));
      expect([claims.out, detail["steps"][0].state]).toEqual([
        "applied",
        JSON.stringify("Fresh bread — daily"),
      ]);
      expect(await outcome(option("posts_per_page", 7))).toBe("applied");
      expect(await outcome(option("posts_per_page", 7))).toBe("already_applied");
      expect(await site.runPhp("echo get_option( 'posts_per_page' );")).toBe("7");
    },
    patience(60_000),
  );

  it.each(
    laneCases<[string, string | number]>(
      [
        ["default_role", "administrator"],
        ["posts_per_page", 0],
        ["siteurl", "https://elsewhere.example"],
        ["users_can_register", 1],
        ["active_plugins", "a:0:{}"],
        ["posts_per_page", "7"],
        ["countersign_paired", "0"],
        ["blogname", "x".repeat(201)],
        ["permalink_structure", "/%evil%/"],
      ],
      1,
    ),
  )("R15: %s may not be %s", async (name, to) => {
    const { pre } = await cp.readiness(fresh(option(name, to)));
    expect((await cp.run(fresh(option(name, to)), { pre })).claims.out).toBe("refused:not_allowed");
  });

  itFully?.(
    "come back with everything else when a later step fails",
    async () => {
      const { claims } = await run(
        option("blogname", "Changed"),
        update(packages, pluginVersionOnDisk(site) ?? "", "1.2"),
      );
      expect(claims.out).toBe("rolled_back");
      expect(await site.runPhp("echo get_option( 'blogname' );")).not.toBe("Changed");
    },
    patience(60_000),
  );
});

describe("operations", () => {
  it(
    "close the site for visitors and open it again",
    async () => {
      const set = (to: boolean) => step("maintenance.set", "maintenance", { from: !to, to });
      expect(await outcome(set(true))).toBe("applied");
      expect(await frontPage(site)).toBe("503 no marker");
      expect(await statusOf(`${site.url}/wp-login.php`)).toBe(200);
      expect(await outcome(set(true))).toBe("already_applied");
      expect(await outcome(set(false))).toBe("applied");
      expect(await frontPage(site)).toMatch(/^200/u);
    },
    patience(60_000),
  );

  itFully?.(
    "empty caches",
    async () => {
      await site.runPhp(
        `file_put_contents( WPMU_PLUGIN_DIR . '/flush.php', "<?php add_action( 'litespeed_purge_all', function () { update_option( 'purged', 'yes' ); } );" );`,
      );
      const { claims, detail } = await run(step("cache.flush", "cache"));
      expect([claims.out, detail["steps"][0].result]).toEqual(["applied", "applied"]);
      expect(await site.runPhp("echo get_option( 'purged' );")).toBe("yes");
    },
    patience(60_000),
  );

  it("are refused when a kind is not known here", async () => {
    expect(await outcome(step("plugin.paint", PLUGIN))).toBe("refused:unsupported");
  });
});
