/** A site at its limits: full disks, folders that cannot be written, slow code, short requests, two at once. */
import { randomBytes } from "node:crypto";
import {
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalText, type Json } from "../../src/signing/canonical.ts";
import { ControlPlane } from "../support/connector-cp.ts";
import { manyFiles, manyUpdates } from "../support/connector-many.ts";
import { canMount, withReadOnly, withSmallDisk } from "../support/connector-mount.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, update } from "../support/connector-plan.ts";
import {
  type ConnectorSite,
  describeNative,
  frontPage,
  journalOf,
  pluginVersionOnDisk,
  setConstants,
  startSite,
  storageOf,
} from "../support/connector-site.ts";
import { zipOf } from "../support/connector-zip.ts";

const MEGABYTE = 1024 * 1024;
const BIG = "big-plugin";
const MANY = 12;
const data = randomBytes(3 * MEGABYTE);
const bigMain = (version: string): string =>
  `<?php\n/* Plugin Name: Big\n * Version: ${version}\n */\n`;

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;
let plans = 0;

/** Runs with some lines of PHP on the site, in a file of a new name, since PHP keeps what it compiled. */
async function withCode<T>(code: string, body: () => Promise<T>): Promise<T> {
  const file = path.join(site.dir, `wp-content/mu-plugins/limits-${plans++}.php`);
  writeFileSync(file, `<?php\n${code}`);
  try {
    return await body();
  } finally {
    rmSync(file);
  }
}

/** `plugin.update` of the big plugin, in a plan nobody has run. */
function bigger(): string {
  const bytes = zipOf([
    { name: `${BIG}/${BIG}.php`, text: bigMain("1.1") },
    { name: `${BIG}/data.bin`, text: Buffer.concat([data, data]) },
  ]);
  const fields = { from: "1.0", to: "1.1", package: packageOf(packages, BIG, "1.1", bytes) };
  return planText([step("plugin.update", `plugins/${BIG}`, fields)], {
    volatile: [`nothing/${plans++}`],
  });
}
/** The big plugin's files, by name and size. */
const bigFiles = (): string =>
  readdirSync(path.join(site.dir, "wp-content/plugins", BIG))
    .map((name) => `${name} ${statSync(path.join(site.dir, "wp-content/plugins", BIG, name)).size}`)
    .join(", ");

describeNative("a site at its limits", () => {
  let before = "";
  beforeAll(async () => {
    packages = await startPackageServer();
    site = await startSite({
      packageOrigin: packages.origin,
      plugins: { [`${BIG}/${BIG}.php`]: bigMain("1.0"), ...manyFiles(MANY) },
      phpIni: { max_execution_time: "10" },
    });
    writeFileSync(path.join(site.dir, "wp-content/plugins", BIG, "data.bin"), data);
    cp = new ControlPlane(site);
    await cp.pair();
    before = bigFiles();
  }, 240_000);
  afterAll(async () => {
    await site?.close();
    await packages?.close();
  }, 60_000);

  describe.runIf(canMount())("on a disk that is full", () => {
    it("refuses before it fetches what will not fit, with disk unchanged", async () => {
      const plan = bigger();
      const { pre } = await cp.readiness(plan);
      const asked = packages.asked.length;
      const plugins = path.join(site.dir, "wp-content/plugins");
      const kept = `${plugins}-kept`;
      cpSync(plugins, kept, { recursive: true });
      const { claims } = await withSmallDisk(plugins, 8 * MEGABYTE, async () => {
        cpSync(kept, plugins, { recursive: true });
        return await cp.run(plan, { pre });
      });
      rmSync(kept, { recursive: true });
      expect([claims.out, claims.post]).toEqual(["refused:disk_full", pre]);
      expect(packages.asked).toHaveLength(asked);
      expect(bigFiles()).toBe(before);
    }, 60_000);

    it("changes nothing when the restore point does not fit", async () => {
      const points = path.join(storageOf(site), "points");
      const plan = bigger();
      const { pre } = await cp.readiness(plan);
      const { claims } = await withSmallDisk(points, MEGABYTE, () => cp.run(plan, { pre }));
      expect([claims.out, claims.post]).toEqual(["refused:no_restore_point", pre]);
      expect(bigFiles()).toBe(before);
      expect(await frontPage(site)).toBe("200 1.0");
    }, 60_000);

    it("puts everything back when the new files do not fit", async () => {
      const upgrade = path.join(site.dir, "wp-content/upgrade");
      await site.runPhp("wp_mkdir_p( WP_CONTENT_DIR . '/upgrade' );");
      const plan = bigger();
      const { pre } = await cp.readiness(plan);
      const { claims, detail } = await withSmallDisk(upgrade, MEGABYTE, () =>
        cp.run(plan, { pre }),
      );
      expect([claims.out, detail["note"], claims.post]).toEqual([
        "rolled_back",
        "upgrader_failed",
        pre,
      ]);
      expect(bigFiles()).toBe(before);
    }, 60_000);

    it("puts everything back when others fill the disk while files are swapped", async () => {
      const plugins = path.join(site.dir, "wp-content/plugins");
      const kept = `${plugins}-kept`;
      const plan = bigger();
      const { pre } = await cp.readiness(plan);
      cpSync(plugins, kept, { recursive: true });
      // All but half a megabyte, at the last moment: the new version is twice as large as the old one.
      const fills = `add_filter( 'upgrader_pre_install', static function ( $go ) {
        file_put_contents( WP_PLUGIN_DIR . '/filler', str_repeat( 'x', (int) disk_free_space( WP_PLUGIN_DIR ) - 524288 ) );
        return $go;
      } );`;
      const { receipt, files } = await withSmallDisk(plugins, 40 * MEGABYTE, async () => {
        cpSync(kept, plugins, { recursive: true });
        const ended = await withCode(fills, () => cp.run(plan, { pre }));
        return { receipt: ended, files: bigFiles() };
      });
      rmSync(kept, { recursive: true });
      expect([receipt.claims.out, receipt.detail["note"]]).toEqual([
        "rolled_back",
        "upgrader_failed",
      ]);
      expect(receipt.claims.post).toBe(pre);
      expect(files).toBe(before);
    }, 60_000);

    it("changes nothing where the plugin folder cannot be written, and readiness says so", async () => {
      const plan = bigger();
      const { pre } = await cp.readiness(plan);
      await withReadOnly(path.join(site.dir, "wp-content/plugins"), async () => {
        const { detail } = await cp.readiness(plan);
        const items = detail["items"] as { id: string; level: string }[];
        expect(items.find(({ id }) => id === "files")?.level).toBe("failed");
        const { claims } = await cp.run(plan, { pre });
        expect([claims.out, claims.post]).toEqual(["refused:not_ready", pre]);
      });
      expect(bigFiles()).toBe(before);
    }, 60_000);
  });

  it("puts the old version back when the new one is slow", async () => {
    const slow = `add_action( 'template_redirect', function () { sleep( 5 ); } );\n`;
    const bytes = zipOf([{ name: `${BIG}/${BIG}.php`, text: bigMain("1.2") + slow }]);
    const fields = { from: "1.0", to: "1.2", package: packageOf(packages, BIG, "1.2", bytes) };
    const impatient = `add_filter( 'http_request_args', static fn( $args, $url ) => strpos( $url, 'countersign_probe' ) ? array( 'timeout' => 3 ) + $args : $args, 10, 2 );`;
    const { claims, detail } = await withCode(impatient, async () => {
      const on = step("plugin.activate", `plugins/${BIG}`, { from: "inactive", to: "active" });
      return await cp.run(planText([step("plugin.update", `plugins/${BIG}`, fields), on]));
    });
    expect([claims.out, detail["note"]]).toEqual(["rolled_back", "unhealthy"]);
    expect(detail["probes"].after).toContainEqual(
      expect.objectContaining({ path: "/", ok: false, why: "transport" }),
    );
    expect(bigFiles()).toBe(before);
  }, 120_000);

  it("updates twelve plugins with max_execution_time=10, in as many requests as they take", async () => {
    const plan = planText(manyUpdates(packages, MANY));
    const slowly = "add_action( 'upgrader_process_complete', static fn() => usleep( 800000 ) );";
    const { requests, receipt } = await withCode(slowly, async () => {
      const signed = cp.authorise({ plan, pre: (await cp.readiness(plan)).pre });
      let answer = await cp.post(await cp.message(signed));
      let count = 1;
      for (; answer.body["detail"]?.includes('"steps"') !== true && count < 50; count++) {
        expect(cp.open("evidence", answer).claims.ans).toBe("running");
        await sleep(100);
        answer = await cp.post(await cp.query("outcome", signed.sub));
      }
      return { requests: count, receipt: cp.open("receipt", answer) };
    });
    expect(receipt.claims.out).toBe("applied");
    expect(requests).toBeGreaterThan(1);
    const steps = receipt.detail["steps"] as { version: string }[];
    expect(steps.map(({ version }) => version)).toEqual(Array.from({ length: MANY }, () => "1.1"));
  }, 120_000);

  describe("restore points", () => {
    const folder = (id: string): string => path.join(storageOf(site), "points", id);
    /** Makes one of the big plugin, as old as given. */
    async function point(id: string, days: number): Promise<void> {
      await site.runPhp(
        `$point = Countersign\\Action\\Restore_Point::begin( '${id}', array(), array() ); $point->add( WP_PLUGIN_DIR . '/${BIG}', 'plugins/${BIG}' );`,
      );
      const file = path.join(folder(id), "manifest.json");
      const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, Json>;
      writeFileSync(
        file,
        canonicalText({ ...manifest, at: Math.floor(Date.now() / 1000) - days * 86_400 }),
      );
    }
    const prune = async (newest: string): Promise<string[]> => {
      await site.runPhp(`Countersign\\Action\\Retention::prune( '${newest}' );`);
      return readdirSync(path.join(storageOf(site), "points")).toSorted();
    };

    it("are gone after fourteen days, except the newest", async () => {
      rmSync(path.join(storageOf(site), "points"), { recursive: true });
      await point("fresh", 0);
      await point("thirteen", 13);
      await point("fifteen", 15);
      expect(await prune("fresh")).toEqual(["fresh", "thirteen"]);
      rmSync(folder("fresh"), { recursive: true });
      rmSync(folder("thirteen"), { recursive: true });
      await point("only", 20);
      expect(await prune("only")).toEqual(["only"]);
    }, 60_000);

    it.runIf(canMount())(
      "take at most a fifth of the free disk, except the newest",
      async () => {
        const storage = storageOf(site);
        await withSmallDisk(storage, 40 * MEGABYTE, async () => {
          for (const days of [0, 1, 2]) await point(`days${days}`, days);
          // 31 MB are free: a fifth of that holds two of them.
          expect(await prune("days0")).toEqual(["days0", "days1"]);
          writeFileSync(path.join(storage, "filler"), Buffer.alloc(26 * MEGABYTE));
          expect(await prune("days0")).toEqual(["days0"]);
        });
      },
      60_000,
    );

    it("are rehearsed with an estimate of time and space", async () => {
      const { claims, detail } = await cp.ask("rehearse", bigger());
      expect([claims.ans, detail["outcome"]]).toEqual(["rehearsed", ""]);
      expect(detail["bytes"]).toBe(data.length + bigMain("1.0").length);
      expect(detail["seconds"]).toBeGreaterThanOrEqual(2);
      expect(detail["seconds"]).toBeLessThan(10);
    }, 60_000);
  });

  it("R13: runs exactly one of two different actions that come at once", async () => {
    const both = [planText([update(packages, "1.0", "1.1")]), bigger()];
    const orders = [];
    for (const plan of both) {
      orders.push(cp.authorise({ plan, pre: (await cp.readiness(plan)).pre }));
    }
    const messages = await Promise.all(orders.map((order) => cp.message(order)));
    const slowly =
      "add_filter( 'upgrader_pre_install', static function ( $go ) { sleep( 3 ); return $go; } );";
    const answers = await withCode(slowly, () =>
      Promise.all(messages.map((message) => cp.post(message))),
    );
    const ends = answers.map((answer) =>
      answer.body["detail"]?.includes('"steps"') === true
        ? cp.open("receipt", answer).claims.out
        : cp.open("evidence", answer).claims.why,
    );
    expect(ends.filter((end) => end === "applied")).toHaveLength(1);
    expect(ends.filter((end) => end === "busy" || end === "overtaken")).toHaveLength(1);
    const swapped = [pluginVersionOnDisk(site) === "1.1", bigFiles() !== before];
    expect(swapped).toEqual(ends.map((end) => end === "applied"));
  }, 60_000);

  it("lets visitors through and asks for a person when it cannot be put back three times", async () => {
    const plan = planText([update(packages, pluginVersionOnDisk(site) ?? "", "1.2")]);
    const signed = cp.authorise({ plan, pre: (await cp.readiness(plan)).pre });
    const message = await cp.message(signed);
    const quick = { COUNTERSIGN_STEP_SECONDS: 5 };
    setConstants(site, { ...quick, COUNTERSIGN_FAILPOINT: "prepared" });
    await cp.post(message).catch(() => undefined);
    setConstants(site, quick);
    // The journal as it would stand after the swap, and a restore point whose archive is damaged.
    const journal = path.join(storageOf(site), "journal");
    const [name = ""] = readdirSync(journal);
    renameSync(path.join(journal, name), path.join(journal, "swapped.1.1"));
    const archive = path.join(storageOf(site), "points", signed.sub, "0.zip");
    writeFileSync(archive, readFileSync(archive).subarray(0, 100));
    rmSync(path.join(site.dir, "wp-content/plugins/hello-countersign/readme.txt"));
    const statuses = new Set<string>();
    for (let tries = 0; tries < 200 && journalOf(site)?.startsWith("failed.") !== true; tries++) {
      statuses.add((await frontPage(site)).slice(0, 3));
      await sleep(200);
    }
    expect(statuses).toContain("503");
    expect(await frontPage(site)).toMatch(/^200/u);
    const { claims } = cp.open("receipt", await cp.post(await cp.query("outcome", signed.sub)));
    expect(claims.out).toBe("failed_needs_review");
    expect(await site.runPhp("echo Countersign\\State\\Own_Lock::reason();")).toBe(
      "failed_rollback",
    );
  }, 120_000);
});
