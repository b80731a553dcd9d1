/** What is not on record cannot run, and what is on record runs once. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signCheckpoint } from "../../src/audit/checkpoint.ts";
import { appendLeaf, leafHash, rootAt, sizeOf, treeOf } from "../../src/audit/merkle.ts";
import { asDigest, digestOfText } from "../../src/signing/digest.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { ControlPlane, type Order } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { planText, update } from "../support/connector-plan.ts";
import {
  type ConnectorSite,
  pluginVersionOnDisk,
  setConstants,
  startSite,
  itFully,
  laneCases,
  patience,
} from "../support/connector-site.ts";

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

/** A plan nobody has run: forward from what is on disk. */
function freshPlan(to = "1.1"): string {
  const from = pluginVersionOnDisk(site) ?? "";
  return planText([update(packages, from, to)], { volatile: [`nothing/${plans++}`] });
}
async function order(over: Partial<Order> = {}): Promise<Order> {
  const plan = freshPlan();
  return { plan, pre: (await cp.readiness(plan)).pre, ...over };
}
const notRun = async (message: unknown): Promise<string> => {
  const { claims } = cp.open("evidence", await cp.post(message));
  return `${claims.ans} ${claims.why}`;
};

describe("the log proof", () => {
  it(
    "runs nothing that the log does not hold as it was signed",
    async () => {
      const one = await order();
      const signed = cp.authorise(one);
      const cases: [string, Promise<Record<string, string>>][] = [
        ["another line", cp.message({ ...signed, line: signed.line.replace("20:00", "20:01") })],
        ["another index", cp.message({ ...signed, seq: signed.seq + 1 })],
        ["a path too long", cp.message(signed, { inclusion: ["0".repeat(64)] })],
        ["a note of another log", cp.message(signed, { checkpoint: "x\n1\ny\n\n" })],
        [
          "a plan that the line does not name",
          cp.message(cp.authorise({ ...one, line: { plan: digestOfText("other") } })),
        ],
        ["another site's line", cp.message(cp.authorise({ ...one, line: { site: "other" } }))],
        [
          "an attempt that gives another sub",
          cp.message(cp.authorise({ ...one, line: { attempt: 2 } })),
        ],
        ["a member too many", cp.message(signed, { more: 1 })],
      ];
      for (const [name, message] of cases) {
        expect([name, await notRun(await message)]).toEqual([name, "not_run log_invalid"]);
      }
      const head = { size: sizeOf(cp.tree), root: asDigest(rootAt(cp.tree, sizeOf(cp.tree))) };
      const checkpoint = await signCheckpoint(4217, head, signerOf(Buffer.alloc(32, 9), "log"));
      expect(await notRun(await cp.message(signed, { checkpoint }))).toBe("not_run log_invalid");
      expect(pluginVersionOnDisk(site)).toBe("1.0");
      expect((await cp.ask("outcome", signed.sub)).claims.ans).toBe("not_seen");
    },
    patience(120_000),
  );

  it(
    "R23: never goes back, and says where the site stands",
    async () => {
      const { pre, plan } = await order();
      const message = await cp.message(cp.authorise({ plan, pre }));
      const receipt = cp.open("receipt", await cp.post(message));
      expect([receipt.claims.out, receipt.claims.size]).toEqual(["applied", sizeOf(cp.tree)]);
      const head = cp.seen;
      cp.logOther();
      const next = cp.authorise({ ...(await order()), attempt: 2 });
      cp.seen = 1;
      const stale = cp.open("evidence", await cp.post(await cp.message(next)));
      expect([stale.claims.why, stale.claims.size]).toEqual(["log_stale", head]);
      const old = treeOf([]);
      appendLeaf(old, leafHash(next.line));
      const root = asDigest(rootAt(old, 1));
      const checkpoint = await signCheckpoint(4217, { size: 1, root }, cp.log);
      expect(await notRun(await cp.message(next, { checkpoint }))).toBe("not_run log_stale");
      expect(await notRun(await cp.message(next, { consistency: [] }))).toBe("not_run log_invalid");
      expect(cp.open("receipt", await cp.post(await cp.message(next))).claims.out).toBe(
        "already_applied",
      );
    },
    patience(120_000),
  );
});

describe("a claim", () => {
  it(
    "answers a redelivery byte for byte, also when it is asked for the outcome",
    async () => {
      const signed = cp.authorise({ ...(await order()), attempt: 3 });
      const first = await cp.post(await cp.message(signed));
      const again = await cp.post(await cp.message(signed));
      const asked = await cp.post(await cp.query("outcome", signed.sub));
      expect(again.body).toEqual(first.body);
      expect(asked.body).toEqual(first.body);
    },
    patience(60_000),
  );

  itFully?.(
    "chains receipts",
    async () => {
      const one = cp.open(
        "receipt",
        await cp.post(await cp.message(cp.authorise(await order({ attempt: 4 })))),
      );
      const two = cp.open(
        "receipt",
        await cp.post(await cp.message(cp.authorise(await order({ attempt: 5 })))),
      );
      expect(two.claims.rseq).toBe(one.claims.rseq + 1);
      expect(two.claims.prev).toBe(one.digest);
    },
    patience(60_000),
  );

  itFully?.(
    "is overtaken by a later one",
    async () => {
      const early = cp.authorise(await order());
      const late = cp.authorise(await order());
      expect(cp.open("receipt", await cp.post(await cp.message(late))).claims.out).toBe(
        "already_applied",
      );
      expect(await notRun(await cp.message(early))).toBe("not_run overtaken");
    },
    patience(60_000),
  );

  it(
    "R13: runs one of twenty parallel posts",
    async () => {
      const plan = planText([update(packages, "1.1", "1.0")]);
      const { pre } = await cp.readiness(plan);
      const message = await cp.message(cp.authorise({ plan, pre }));
      const asked = packages.asked.length;
      // All of a WebAssembly site is one thread: with twenty posts its own probes are not even heard.
      const posts = laneCases(Array.from({ length: 20 }), 6);
      const answers = await Promise.all(posts.map(() => cp.post(message)));
      const ends = new Map<string, string>();
      for (const answer of answers) {
        expect(answer.status).toBe(200);
        const { detail = "", token = "" } = answer.body;
        if (detail.includes('"steps"'))
          ends.set(token, `${cp.open("receipt", answer).claims.out} ${detail}`);
      }
      expect([...ends.values()]).toEqual([expect.stringMatching(/^applied /u)]);
      expect(packages.asked.length - asked).toBe(1);
      expect(pluginVersionOnDisk(site)).toBe("1.0");
    },
    patience(180_000),
  );

  it(
    "runs nothing beside a running action",
    async () => {
      const table = "Countersign\\State\\Database::ledger()";
      const sub = "a".repeat(26);
      await site.runPhp(
        `$GLOBALS['wpdb']->insert( ${table}, array( 'sub' => '${sub}', 'running' => 1, 'epoch' => 1, 'deadline' => time() + 600, 'request' => '{"begun":1,"claims":{"mode":"apply","sub":"${sub}"},"local":"","plan":"","re":""}' ) );`,
      );
      const signed = cp.authorise(await order());
      expect(await notRun(await cp.message(signed))).toBe("not_run busy");
      expect((await cp.ask("outcome", sub)).claims.ans).toBe("running");
      await site.runPhp(`$GLOBALS['wpdb']->delete( ${table}, array( 'sub' => '${sub}' ) );`);
      const receipt = cp.open("receipt", await cp.post(await cp.message(signed)));
      expect(receipt.claims.out).toBe("applied");
    },
    patience(60_000),
  );
});

describe("levels and locks", () => {
  it(
    "runs recoveries only, while the site is held",
    async () => {
      cp.setLevel("hold");
      const held = await order();
      expect(await notRun(await cp.message(cp.authorise(held)))).toBe("not_run contained");
      const recover = cp.authorise({ ...held, mode: "recover" });
      expect(cp.open("receipt", await cp.post(await cp.message(recover))).claims.lvl).toBe("hold");
      cp.setLevel("normal");
      expect((await cp.ask("hello")).claims.lvl).toBe("normal");
    },
    patience(60_000),
  );

  itFully?.(
    "refuses with disk unchanged where files may not be changed",
    async () => {
      setConstants(site, { DISALLOW_FILE_MODS: true });
      const before = pluginVersionOnDisk(site) ?? "";
      const plan = planText([update(packages, before, before === "1.0" ? "1.1" : "1.0")]);
      const { claims } = await cp.run(plan, { attempt: 6 });
      setConstants(site, {});
      expect(claims.out).toBe("refused:not_ready");
      expect(pluginVersionOnDisk(site)).toBe(before);
    },
    patience(60_000),
  );

  it(
    "R23: locks itself when the log's own key has signed two heads of one size",
    async () => {
      const current = await order();
      const fork = treeOf([]);
      while (sizeOf(fork) < cp.seen) appendLeaf(fork, leafHash(`fork ${sizeOf(fork)}`));
      const head = { size: cp.seen, root: asDigest(rootAt(fork, cp.seen)) };
      const checkpoint = await signCheckpoint(4217, head, cp.log);
      const signed = cp.authorise(current);
      expect(await notRun(await cp.message(signed, { checkpoint }))).toBe("not_run log_fork");
      expect(await notRun(await cp.message(signed))).toBe("not_run locked");
      expect(await notRun(await cp.message(cp.authorise({ ...current, mode: "recover" })))).toBe(
        "not_run locked",
      );
      await site.runPhp("Countersign\\State\\Own_Lock::lift();");
      cp.seen = 0;
      expect(cp.open("receipt", await cp.post(await cp.message(signed))).claims.size).toBe(
        sizeOf(cp.tree),
      );
    },
    patience(60_000),
  );
});
