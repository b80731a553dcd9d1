/** Actions that do not fit into one request, and rehearsals. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ControlPlane, type Opened } from "../support/connector-cp.ts";
import { manyFiles, manyUpdates, manyUpdatesBack } from "../support/connector-many.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, update } from "../support/connector-plan.ts";
import { pluginZip, SLUG } from "../support/connector-plugins.ts";
import {
  type ConnectorSite,
  frontPage,
  LANE,
  setConstants,
  statusOf,
  startSite,
  storageOf,
  itFully,
  patience,
} from "../support/connector-site.ts";
import { snapshot } from "../support/connector-snapshot.ts";

const COUNT = LANE === "native" ? 12 : 3;
let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

beforeAll(async () => {
  packages = await startPackageServer();
  site = await startSite({
    packageOrigin: packages.origin,
    plugins: manyFiles(COUNT),
    phpIni: { max_execution_time: "1" },
    constants: { COUNTERSIGN_STEP_SECONDS: LANE === "native" ? 8 : 40 },
  });
  cp = new ControlPlane(site);
  await cp.pair();
}, patience(240_000));
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, patience(60_000));

const isReceipt = ({ body }: Answer): boolean => body["detail"]?.includes('"steps"') === true;

async function deliver(plan: string): Promise<{ sub: string; first: Answer }> {
  const signed = cp.authorise({ plan, pre: (await cp.readiness(plan)).pre });
  return { sub: signed.sub, first: await cp.post(await cp.message(signed)) };
}
/** Asks for the outcome until there is one; counts how often the answer was `running`. */
async function follow(
  sub: string,
  first: Answer,
): Promise<Opened<"receipt"> & { running: number }> {
  let answer = first;
  for (let running = 0; running < 100; running++) {
    if (isReceipt(answer)) return { ...cp.open("receipt", answer), running };
    expect(cp.open("evidence", answer).claims.ans).toBe("running");
    await sleep(100);
    answer = await cp.post(await cp.query("outcome", sub));
  }
  throw new Error("there is no receipt");
}
const versions = async (): Promise<string> =>
  await site.runPhp(
    "echo implode( ' ', array_unique( array_map( static fn( $file ) => get_plugin_data( $file )['Version'], glob( WP_PLUGIN_DIR . '/many-*/*.php' ) ) ) );".replace(
      "echo",
      "require_once ABSPATH . 'wp-admin/includes/plugin.php'; echo",
    ),
  );

describe("an action longer than a request", () => {
  itFully?.(
    "is undone as a whole when its last step fails",
    async () => {
      const bad = "call_of_many_missing();\n";
      const plan = planText([
        ...manyUpdates(packages, COUNT, bad),
        step("plugin.activate", `plugins/many-${String(COUNT).padStart(2, "0")}`, {
          from: "inactive",
          to: "active",
        }),
      ]);
      const { sub, first } = await deliver(plan);
      const { claims, detail, running } = await follow(sub, first);
      expect(claims.out).toBe("rolled_back");
      expect(running).toBeGreaterThan(0);
      expect((detail["steps"] as { version: string }[]).every((one) => one.version === "1.0")).toBe(
        true,
      );
      expect(await versions()).toBe("1.0");
    },
    patience(240_000),
  );

  itFully?.(
    "is undone by itself when nobody asks any more",
    async () => {
      const { sub, first } = await deliver(
        planText(manyUpdates(packages, COUNT), { volatile: ["a"] }),
      );
      expect(cp.open("evidence", first).claims.ans).toBe("running");
      for (let tries = 0; tries < 400 && (await frontPage(site)) !== "200 1.0"; tries++)
        await sleep(200);
      const { claims } = await follow(sub, await cp.post(await cp.query("outcome", sub)));
      expect(claims.out).toBe("self_healed");
      expect(await versions()).toBe("1.0");
    },
    patience(240_000),
  );

  itFully?.(
    "goes on by a system cron, and by calling its own cron, when nobody asks",
    async () => {
      const patient = { COUNTERSIGN_STEP_SECONDS: 60 };
      for (const [constants, to] of [
        [patient, "1.1"],
        [{ ...patient, DISABLE_WP_CRON: false }, "1.0"],
      ] as const) {
        setConstants(site, constants);
        const steps =
          to === "1.1" ? manyUpdates(packages, COUNT) : manyUpdatesBack(packages, COUNT);
        const { sub, first } = await deliver(planText(steps, { volatile: ["by itself"] }));
        expect(cp.open("evidence", first).claims.ans).toBe("running");
        for (let tries = 0; tries < 300 && (await frontPage(site)) !== "200 1.0"; tries++) {
          if (constants === patient) await statusOf(`${site.url}/wp-cron.php`);
          await sleep(200);
        }
        const { claims, running } = await follow(
          sub,
          await cp.post(await cp.query("outcome", sub)),
        );
        expect([claims.out, running, await versions()]).toEqual(["applied", 0, to]);
      }
      setConstants(site, {});
      expect(await site.runPhp("echo wp_next_scheduled( 'countersign_continue' );")).toBe("");
    },
    patience(240_000),
  );

  itFully?.(
    "lets no other event run while the site is closed",
    async () => {
      await site.runPhp(
        "wp_schedule_single_event( time() - 5, 'somebody_elses' ); wp_schedule_single_event( time() - 5, 'countersign_continue' );",
      );
      const ready = (state: string) =>
        site.runPhp(
          `${state} echo implode( ' ', array_keys( array_merge( ...array_values( wp_get_ready_cron_jobs() ) ) ) );`,
        );
      const journal = "Countersign\\Action\\Journal";
      expect(await ready("")).toContain("somebody_elses");
      const closed = await ready(`${journal}::start( '${"a".repeat(26)}', time() + 60 );`);
      await site.runPhp(
        `${journal}::current()->move( 'restored', 1, time() ); wp_clear_scheduled_hook( 'somebody_elses' ); wp_clear_scheduled_hook( 'countersign_continue' );`,
      );
      expect(closed).toBe("countersign_continue");
    },
    patience(60_000),
  );

  it(
    "goes on from the journal, request by request",
    async () => {
      const { sub, first } = await deliver(planText(manyUpdates(packages, COUNT)));
      const { claims, running } = await follow(sub, first);
      expect(claims.out).toBe("applied");
      expect(running).toBeGreaterThan(0);
      expect(await versions()).toBe("1.1");
    },
    patience(240_000),
  );
});

describe("a step that cannot fit", () => {
  it(
    "is refused before any write",
    async () => {
      setConstants(site, { COUNTERSIGN_STEP_SECONDS: 2 });
      const { claims } = await cp.run(planText([update(packages, "1.0", "1.1")]));
      setConstants(site, {});
      expect(claims.out).toBe("refused:too_long");
    },
    patience(60_000),
  );
});

describe("a rehearsal", () => {
  it(
    "does everything but the swap",
    async () => {
      const plan = planText([update(packages, "1.0", "1.3")]);
      await cp.ask("rehearse", plan);
      const before = snapshot(site).files;
      const { claims, detail } = await cp.ask("rehearse", plan);
      expect(claims.ans).toBe("rehearsed");
      expect(detail).toMatchObject({
        outcome: "",
        steps: [{ target: `plugins/${SLUG}`, copied: true }],
      });
      expect(detail["seconds"]).toBeGreaterThan(0);
      expect(snapshot(site).files).toBe(before);
      expect(readdirSync(path.join(storageOf(site), "work"))).toEqual([]);
      expect(await frontPage(site)).toBe("200 1.0");
    },
    patience(60_000),
  );

  itFully?.(
    "says what an action would be refused for",
    async () => {
      const pack = packageOf(packages, SLUG, "1.5", pluginZip("1.0"));
      const fields = { from: "1.0", to: "1.5", package: pack };
      const plan = planText([step("plugin.update", `plugins/${SLUG}`, fields)]);
      expect((await cp.ask("rehearse", plan)).detail["outcome"]).toBe("refused:package_mismatch");
    },
    patience(60_000),
  );
});
