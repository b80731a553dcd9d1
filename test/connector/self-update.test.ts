/** Another build of the connector: control returns, whatever the new build does. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ControlPlane, type Opened } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, update } from "../support/connector-plan.ts";
import {
  CONNECTOR_DIR,
  type ConnectorSite,
  LANE,
  startSite,
  itFully,
  statusOf,
  patience,
} from "../support/connector-site.ts";
import { zipOf } from "../support/connector-zip.ts";

const VERSION = "0.1.0";
const STEP_SECONDS = LANE === "native" ? 6 : 30;
let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

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

/** This very connector as a build of another version, with one file changed. */
function build(version: string, file = "", change = (text: string) => text): Buffer {
  const names = readdirSync(CONNECTOR_DIR, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(CONNECTOR_DIR, path.join(entry.parentPath, entry.name)));
  return zipOf(
    names.map((name) => {
      const text = readFileSync(path.join(CONNECTOR_DIR, name), "utf8");
      const named = name === "countersign.php" ? text.replaceAll(VERSION, version) : text;
      return { name: `countersign/${name}`, text: name === file ? change(named) : named };
    }),
  );
}
const planOf = (from: string, to: string, bytes: Buffer): string =>
  planText([
    step("connector.update", "connector", {
      from,
      to,
      package: packageOf(packages, "countersign", to, bytes),
    }),
  ]);

async function deliver(plan: string): Promise<{ sub: string; answer: Answer }> {
  const signed = cp.authorise({ plan, pre: (await cp.readiness(plan)).pre });
  return { sub: signed.sub, answer: await cp.post(await cp.message(signed)) };
}
async function outcome(sub: string): Promise<Opened<"receipt">> {
  for (let tries = 0; tries < 400; tries++) {
    const answer = await cp.post(await cp.query("outcome", sub));
    if (answer.body["detail"]?.includes('"steps"') === true) return cp.open("receipt", answer);
    await sleep(300);
  }
  throw new Error("there is no receipt");
}

describe("connector.update", () => {
  it(
    "is done when the new build has answered a signed message",
    async () => {
      const { sub, answer } = await deliver(planOf(VERSION, "0.2.0", build("0.2.0")));
      expect(cp.open("evidence", answer).claims).toMatchObject({ ans: "running", ver: VERSION });
      const { claims } = await outcome(sub);
      expect([claims.out, claims.ver]).toEqual(["applied", "0.2.0"]);
    },
    patience(120_000),
  );

  it(
    "R22: puts the old build back at once when the new one is fatal",
    async () => {
      const broken = build(
        "0.3.0",
        "countersign.php",
        (text) => `${text}\ncountersign_missing();\n`,
      );
      const { answer } = await deliver(planOf("0.2.0", "0.3.0", broken));
      const { claims } = cp.open("receipt", answer);
      expect([claims.out, claims.ver]).toEqual(["rolled_back", "0.2.0"]);
    },
    patience(120_000),
  );

  itFully?.(
    "puts the old build back when the new one is deaf",
    async () => {
      const door = "src/door/class-rest-door.php";
      const deaf = build("0.4.0", door, (text) =>
        text.replace("wp_set_current_user( 0 );", "throw new \\Exception( 'deaf' );"),
      );
      const { sub, answer } = await deliver(planOf("0.2.0", "0.4.0", deaf));
      expect(cp.open("evidence", answer).claims.ans).toBe("running");
      const { claims } = await outcome(sub);
      expect([claims.out, claims.ver]).toEqual(["self_healed", "0.2.0"]);
      expect(await statusOf(`${site.url}/`)).toBe(200);
    },
    patience(240_000),
  );

  itFully?.(
    "is alone in its plan",
    async () => {
      const fields = { from: "0.2.0", to: "0.5.0" };
      const bytes = build("0.5.0");
      const own = step("connector.update", "connector", {
        ...fields,
        package: packageOf(packages, "countersign", "0.5.0", bytes),
      });
      const { claims } = await cp.run(planText([update(packages, "1.0", "1.1"), own]));
      expect(claims.out).toBe("refused:unsupported");
    },
    patience(60_000),
  );
});
