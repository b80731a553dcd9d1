/** Changes that are asked for at once are decided one after the other and written together. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry } from "../../src/contract/audit-entry.ts";
import { CountersignError } from "../../src/errors.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import type { Store } from "../../src/workflow/store-port.ts";
import { level } from "../support/entries.ts";
import { digest, site } from "../support/ids.ts";
import { MemoryBranch } from "../support/memory-branch.ts";

const repo = 4711;
let store: Store;
let log: FleetLog;
/** Lines of each transaction. */
let written: number[];
/** What the next transactions answer. */
let faults: (Error | null)[];

beforeEach(async () => {
  store = await openSqliteStore(":memory:");
  [written, faults] = [[], []];
  const append = store.append.bind(store);
  store.append = async (...given) => {
    const fault = faults.shift() ?? null;
    if (fault !== null) throw fault;
    written.push(given[2].lines.length);
    return append(...given);
  };
  const signer = signerOf(Buffer.alloc(32, 7), "log");
  const clock = { now: () => 1_795_550_400 };
  log = await FleetLog.open({
    repo,
    store,
    branch: new MemoryBranch(),
    signerOf: async () => signer,
    clock,
  });
});
afterEach(() => store.close());

const hold = (name: string): AuditEntry => level(name, "hold", "panic");
const put = (name: string) => log.append(() => ({ entries: [hold(name)] }));
const names = (count: number) => Array.from({ length: count }, (_, at) => `site-${at}`);
const overtaken = () => new CountersignError("log_mismatch", "overtaken", { hint: "again" });

describe("changes asked for at once", () => {
  it("are written in one transaction, in the order asked for, and each told its place", async () => {
    const places = await Promise.all(names(50).map(put));
    expect(places).toEqual(names(50).map((_, at) => at));
    expect(log.entries.map((entry) => entry.kind === "level" && entry.site)).toEqual(names(50));
    expect(written).toEqual([50]);
    expect(await store.lines(repo, 0)).toHaveLength(50);
  });
  it("see what those before them decided, also over several transactions", async () => {
    for (let round = 1; round <= 3; round += 1) {
      // Whoever is first takes the level; all others see that it is taken.
      const once = names(5).map(() =>
        log.append(({ siteLevels }) =>
          siteLevels.has(site(`round-${round}`)) ? null : { entries: [hold(`round-${round}`)] },
        ),
      );
      await Promise.all(once);
      expect(log.size).toBe(round);
    }
  });
  it("show nobody else what is not durable yet", async () => {
    const seen: number[] = [];
    const all = names(3).map((name) =>
      log.append(({ size }) => {
        seen.push(size, log.history.size, log.size);
        return { entries: [hold(name)] };
      }),
    );
    await Promise.all(all);
    expect(seen).toEqual([0, 0, 0, 1, 0, 0, 2, 0, 0]);
    expect(log.history.siteLevels.size).toBe(3);
  });
  it("keep the texts and jobs of each", async () => {
    const jobs = [{ kind: "sweep", key: "", runAt: 1 }] as const;
    const texts = (name: string) => new Map([[digest(name), name]]);
    await Promise.all([
      log.append(() => ({ entries: [hold("a")], texts: texts("a") })),
      log.append(() => null),
      log.append(() => ({ entries: [], texts: texts("b"), jobs })),
    ]);
    expect([await store.text(repo, digest("a")), await store.text(repo, digest("b"))]).toEqual([
      "a",
      "b",
    ]);
    expect(written).toEqual([1]);
  });
  it("refuse the one that cannot be decided, and take the others, once", async () => {
    faults = [overtaken()];
    const bad = log.append(() => {
      throw new Error("no decision");
    });
    const unfit = log.append(() => ({ entries: [{ kind: "level" } as AuditEntry] }));
    const all = await Promise.allSettled([put("a"), bad, unfit, put("b")]);
    expect(all.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    expect(log.size).toBe(2);
  });
  it("are all decided again where another process was first, and see what it wrote", async () => {
    const other = store.append.bind(store);
    let meanwhile = true;
    store.append = async (...given) => {
      if (meanwhile) {
        meanwhile = false;
        await other(repo, 0, { lines: [canonicalText(hold("other"))] });
      }
      return other(...given);
    };
    const decided: number[] = [];
    const count = ({ siteLevels }: { siteLevels: ReadonlyMap<unknown, unknown> }) =>
      decided.push(siteLevels.size);
    await Promise.all(
      names(2).map((name) =>
        log.append((history) => {
          count(history);
          return { entries: [hold(name)] };
        }),
      ),
    );
    expect(decided).toEqual([0, 1, 1, 2]);
    expect(log.entries.map((entry) => entry.kind === "level" && entry.site)).toEqual([
      "other",
      ...names(2),
    ]);
  });
  it("are all refused where the store fails, and leave nothing behind", async () => {
    faults = [new Error("disk full")];
    const all = await Promise.allSettled(names(3).map(put));
    expect(all.every(({ status }) => status === "rejected")).toBe(true);
    expect([log.size, log.history.siteLevels.size]).toEqual([0, 0]);
    await Promise.all(names(2).map(put));
    expect([...log.history.siteLevels.keys()]).toEqual(names(2));
  });
});
