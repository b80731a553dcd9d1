/**
 * A real log, from a fleet that lived: whatever one entry is turned into, wherever it is moved, the
 * log is found wrong, or its freshness is unproved; never is it simply fine.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signCheckpoint } from "../../src/audit/checkpoint.ts";
import { rootAt, treeOf } from "../../src/audit/merkle.ts";
import { logLines, tileFiles, TILE_LINES } from "../../src/audit/tiles.ts";
import { type LogReport, verifyLog, type Witness } from "../../src/audit/verify-log.ts";
import type { Bytes32 } from "../../src/contract/ids.ts";
import { asDigest } from "../../src/signing/digest.ts";
import { keys, World } from "../support/fleet-world.ts";

const wanted = TILE_LINES + 40;
let world: World;
let lines: readonly string[];
let checkpoint: string;
let anchor: Bytes32;
/** The newest receipt: a head that a site countersigned and that lies before the end. */
let receipt: Witness;
let newest: Extract<Witness, { kind: "checkpoint" }>;

beforeAll(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
  const versions = ["1.1", "1.2", "1.0"];
  for (let pr = 10; world.fleet.log.size < wanted; pr += 1) {
    const version = versions[pr % 3] ?? "";
    await world.bring(pr, { shop: version, blog: version });
    for (const site of ["shop", "blog"]) await world.run(site);
  }
  await world.fleet.log.flush();
  const { files } = world.forge;
  const tiles = [...files].filter(([path]) => path.startsWith("tiles/"));
  lines = logLines(tiles.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)) ?? [];
  checkpoint = files.get("checkpoint")!;
  newest = { kind: "checkpoint", text: checkpoint };
  receipt = { kind: "receipt", token: world.entries("receipt").at(-1)!.token };
  anchor = world.entries("fleet.bootstrapped")[0]!.log;
}, 120_000);
afterAll(() => world.close());

function verify(given: readonly string[], head = checkpoint, against: Witness[] = []): LogReport {
  const tiles = [...tileFiles(0, given).values()];
  return verifyLog({ repo: world.repo, logKey: anchor, checkpoint: head, tiles, against });
}
/** A head over these lines by the holder of the log key. */
async function resigned(given: readonly string[]): Promise<string> {
  const root = asDigest(rootAt(treeOf(given), given.length));
  const signer = await keys.logSigner({ cp: `cp:${world.repo}`, gen: 1 });
  return signCheckpoint(world.repo, { size: given.length, root }, signer);
}
const without = (at: number) => lines.toSpliced(at, 1);

/** Every place in `npm run test:full`; else each 7th, the first and last, and the edge of a tile. */
const step = process.env["COUNTERSIGN_FULL"] === "1" ? 1 : 7;
const places = () =>
  [...lines.keys()].filter(
    (at) => at % step === 0 || Math.abs(at - TILE_LINES) < 3 || at > lines.length - 3,
  );

type Change = (at: number) => readonly string[];
const CHANGES: readonly [string, Change][] = [
  [
    "a digit was changed",
    (at) =>
      lines.with(
        at,
        lines[at]!.replace(/\d/u, (d) => `${(Number(d) + 1) % 10}`),
      ),
  ],
  [
    "its time was moved by a second",
    (at) =>
      lines.with(
        at,
        lines[at]!.replace(/(\d)Z"/u, (_all, d) => `${(Number(d) + 1) % 10}Z"`),
      ),
  ],
  ["it was dropped", without],
  [
    "it was swapped with the next",
    (at) => without(at).toSpliced(Math.min(at + 1, lines.length - 2), 0, lines[at]!),
  ],
  ["it is there twice", (at) => lines.toSpliced(at, 0, lines[at]!)],
  ["another one was put before it", (at) => lines.toSpliced(at, 0, LEVEL)],
  ["everything from it on was cut off", (at) => lines.slice(0, at)],
  ["a space was put into it", (at) => lines.with(at, lines[at]!.replace(":", ": "))],
];
const LEVEL =
  '{"at":"2026-11-24T12:00:00Z","by":1,"cause":"panic","kind":"level","level":"hold","site":null}';

describe("a real log", () => {
  it("crosses the edge of a tile, verifies, and is proved fresh by its own newest head", () => {
    expect(lines.length).toBeGreaterThan(TILE_LINES);
    expect(verify(lines)).toMatchObject({ ok: true, bad: [], freshness: "unproved" });
    expect(verify(lines, checkpoint, [receipt])).toMatchObject({ ok: true, bad: [] });
    expect(verify(lines, checkpoint, [newest, receipt])).toMatchObject({
      ok: true,
      freshness: "proved",
    });
  });
});

describe("an entry of which", () => {
  it.each(CHANGES)(
    "%s is found under the old head, wherever it stands",
    (_name, change) => {
      for (const at of places()) {
        const changed = change(at);
        if (changed.join("\n") === lines.join("\n")) continue;
        expect([at, verify(changed).ok]).toEqual([at, false]);
      }
    },
    120_000,
  );
  it.each(CHANGES)(
    "%s is found, or not proved fresh, where the key's holder signed the log anew",
    async (_name, change) => {
      for (const at of places().filter((one) => one % 3 === 0)) {
        const changed = change(at);
        if (changed.join("\n") === lines.join("\n")) continue;
        const head = await resigned(changed);
        const alone = verify(changed, head);
        expect([at, alone.ok && alone.freshness === "proved"]).toEqual([at, false]);
        const held = verify(changed, head, [newest]);
        expect([at, held.ok]).toEqual([at, false]);
      }
    },
    120_000,
  );
  it.each(CHANGES)(
    "%s is named by its index, held against a clone from before, whoever signed it",
    async (_name, change) => {
      const clone: Witness = { ...newest, lines };
      for (const at of places().filter((one) => one % 5 === 0)) {
        const changed = change(at);
        const first = lines.findIndex((line, index) => line !== changed[index]);
        if (changed.join("\n") === lines.join("\n")) continue;
        for (const head of [checkpoint, await resigned(changed)]) {
          const { bad } = verify(changed, head, [clone]);
          const found = bad.find(({ code }) => code === "fork" || code === "truncated");
          expect([at, found?.index]).toEqual([at, first === -1 ? undefined : first]);
        }
      }
    },
    120_000,
  );
  it("differs in a clone whose own entries are not what it signed is not named", async () => {
    const changed = lines.with(5, LEVEL);
    for (const other of [lines.slice(1), undefined]) {
      const clone: Witness = { ...newest, ...(other === undefined ? {} : { lines: other }) };
      const { bad } = verify(changed, await resigned(changed), [clone]);
      expect(bad.at(-1)).toMatchObject({ code: "fork", index: null });
    }
  });
  it("follows the head of an older receipt was rewritten: said to be unproved, never proved", async () => {
    const at = lines.length - 1;
    const changed = lines.with(at, LEVEL);
    const report = verify(changed, await resigned(changed), [receipt]);
    expect(report.freshness).toBe("unproved");
  });
  it("stands before the head of an older receipt was rewritten: found by that receipt alone", async () => {
    const at = lines.findIndex((line) => line.includes('"kind":"plan.shown"'));
    const changed = lines.with(at, LEVEL);
    const { bad } = verify(changed, await resigned(changed), [receipt]);
    expect(bad.map(({ code }) => code)).toContain("fork");
  });
});

describe("what is wrong is named", () => {
  it.each<[string, (one: string) => string, string]>([
    ["authorised", (one) => one.replace('"mode":"apply"', '"mode":"recover"'), "authorised_id"],
    ["receipt", (one) => one.replace(/"out":"\w+"/u, '"out":"rolled_back"'), "receipt_content"],
    ["receipt", (one) => one.replace(/\.([\w-]{8})/u, ".AAAAAAAA"), "receipt_signature"],
    ["sent", (one) => one.replace(/"site":"\w+"/u, '"site":"news"'), "not_authorised"],
    ["pairing", (one) => one.replace(/"kid":"./u, '"kid":"-'), "pairing_key"],
    ["level", (one) => one.replace('"kind":"level"', '"kind":"lever"'), "not_an_entry"],
  ])("an edited %s, by its index and in words, whoever signed it", async (kind, edit, code) => {
    const given = lines.some((line) => line.includes(`"kind":"${kind}"`))
      ? lines
      : [...lines, LEVEL];
    const at = given.findIndex((line) => line.includes(`"kind":"${kind}"`));
    const changed = given.with(at, edit(given[at]!));
    const { bad } = verify(changed, await resigned(changed));
    expect(bad[0]).toMatchObject({
      index: at,
      code,
      message: expect.stringMatching(/\w.{20,}\./u),
    });
  });
});
