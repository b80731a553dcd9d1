/** Killed at any point, the site ends healthy and its receipt is true. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane, type Opened } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { planText, update } from "../support/connector-plan.ts";
import {
  type ConnectorSite,
  frontPage,
  LANE,
  laneCases,
  pluginVersionOnDisk,
  setConstants,
  startSite,
  tookFailpoint,
  patience,
} from "../support/connector-site.ts";

/** Long enough for a step with its probes on a busy machine; each case waits for it. */
const STEP_SECONDS = LANE === "native" ? 5 : 30;
let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;
let plans = 0;

beforeAll(async () => {
  packages = await startPackageServer();
  const constants = { COUNTERSIGN_STEP_SECONDS: STEP_SECONDS };
  site = await startSite({ packageOrigin: packages.origin, constants });
  cp = new ControlPlane(site);
  await cp.pair();
}, patience(240_000));
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, patience(60_000));

/** Delivers an update that dies at a failpoint, and returns the action's id. */
async function dieAt(failpoint: string, from: string, to: string): Promise<string> {
  const plan = planText([update(packages, from, to)], { volatile: [`nothing/${plans++}`] });
  const { pre } = await cp.readiness(plan);
  const signed = cp.authorise({ plan, pre });
  const message = await cp.message(signed);
  setConstants(site, { COUNTERSIGN_FAILPOINT: failpoint });
  const sent = cp.post(message).then(
    (answer) => answer.body["token"],
    () => undefined,
  );
  if (LANE === "wasm") {
    for (let tries = 0; tries < 600 && !tookFailpoint(site); tries++) await sleep(50);
    await site.kill();
  }
  expect(await sent).toBeUndefined();
  setConstants(site, {});
  if (LANE === "wasm") await site.restart();
  return signed.sub;
}

/** Asks until there is a receipt. */
async function outcome(sub: string): Promise<Opened<"receipt">> {
  for (let tries = 0; tries < 240; tries++) {
    const answer = await cp.post(await cp.query("outcome", sub));
    if (answer.body["detail"]?.includes('"steps"') === true) return cp.open("receipt", answer);
    await sleep(250);
  }
  throw new Error("there is no receipt");
}

/** Many visitors at the moment when the site heals: each is served or asked to wait. */
async function visitorsUntilHealed(version: string): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let tries = 0; tries < 600; tries++) {
    const pages = await Promise.all(Array.from({ length: 4 }, () => frontPage(site)));
    for (const page of pages) statuses.add(Number(page.split(" ")[0]));
    if (pages.every((page) => page === `200 ${version}`)) return statuses;
    await sleep(100);
  }
  throw new Error(`the site does not heal: ${[...statuses].join(" ")}`);
}

const CASES: readonly [string, string, string, string][] = [
  ["swapped", "1.1", "self_healed", "1.0"],
  ["restoring", "1.2", "self_healed", "1.0"],
  ["verified", "1.1", "applied", "1.1"],
  ["prepared", "1.1", "refused:internal", "1.0"],
  ["before_swap", "1.1", "refused:internal", "1.0"],
  ["healthy", "1.1", "self_healed", "1.0"],
  ["restored", "1.2", "self_healed", "1.0"],
  ["before_receipt", "1.1", "applied", "1.1"],
  ["after_receipt", "1.1", "applied", "1.1"],
  ["claimed", "1.1", "refused:internal", "1.0"],
];

describe("killed by SIGKILL", () => {
  // Starting WebAssembly again takes seconds, so there only the states that differ.
  it.each(laneCases(CASES, 1))(
    "at %s of an update to %s the receipt says %s and %s runs",
    async (failpoint, to, out, runs) => {
      const sub = await dieAt(failpoint, "1.0", to);
      const statuses = await visitorsUntilHealed(runs);
      expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
      const { claims, detail } = await outcome(sub);
      expect([claims.out, pluginVersionOnDisk(site)]).toEqual([out, runs]);
      expect(detail["steps"]).toMatchObject([{ version: runs, state: "active" }]);
      expect((await outcome(sub)).claims.rseq).toBe(claims.rseq);
      if (LANE === "native") await site.restart();
      if (runs === "1.0") return;
      const back = planText([update(packages, "1.1", "1.0")], { volatile: [`${plans++}`] });
      expect((await cp.run(back)).claims.out).toBe("applied");
    },
    patience(180_000),
  );
});
