import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/audit/checkpoint.ts";
import { verifyProof } from "../../src/audit/proof.ts";
import type { AuditEntry, AuthorisedEntry } from "../../src/contract/audit-entry.ts";
import type { ClaimsOf } from "../../src/contract/claims.ts";
import { actionIdOf } from "../../src/signing/action-id.ts";
import { digestOfText, EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import { planPath } from "../../src/workflow/log-branch.ts";
import type { Store } from "../../src/workflow/store-port.ts";
import { digest, sha, site } from "../support/ids.ts";
import { MemoryBranch } from "../support/memory-branch.ts";

const repo = 4711;
const at = "2026-11-24T20:00:00Z";
const signer = signerOf(Buffer.alloc(32, 7), "log");
const level = (cause: string): AuditEntry => ({
  at,
  by: null,
  cause,
  kind: "level",
  level: "hold",
  site: site("shop"),
});
const identity = {
  attempt: 1,
  merge: sha("merge"),
  mode: "apply",
  plan: digest("plan"),
  repo,
  site: site("shop"),
} as const;
const { repo: _, ...named } = identity;
const authorised: AuthorisedEntry = {
  ...named,
  at,
  evd: digest("evd"),
  fleet: digest("fleet"),
  kind: "authorised",
  pol: digest("pol"),
  pr: 7,
  pre: digest("pre"),
  sub: actionIdOf(identity),
};

let store: Store;
let branch: MemoryBranch;
const open = () =>
  FleetLog.open({
    repo,
    store,
    branch,
    signerOf: async () => signer,
    clock: { now: () => 1_764_014_400 },
  });
beforeEach(async () => {
  store = await openSqliteStore(":memory:");
  branch = new MemoryBranch();
});
afterEach(() => store.close());

describe("FleetLog", () => {
  it("appends in turn, each decision on the newest history", async () => {
    const log = await open();
    const seen: number[] = [];
    const one = (cause: string) =>
      log.append((history) => {
        seen.push(history.size);
        return { entries: [level(cause)] };
      });
    expect(await Promise.all([one("a"), one("b"), one("c")])).toEqual([0, 1, 2]);
    expect(seen).toEqual([0, 1, 2]);
    expect(await log.append(() => null)).toBe(3);
    expect(log.size).toBe(3);
  });
  it("goes on after a change that could not be written, and keeps nothing of it", async () => {
    const log = await open();
    const bad = { ...level("a"), cause: "Not a word!" };
    await expect(log.append(() => ({ entries: [bad] }))).rejects.toThrow();
    await log.append(() => ({ entries: [level("b")] }));
    expect(log.entries).toEqual([level("b")]);
  });
  it("brings tiles, checkpoint and plan texts to the branch in one commit", async () => {
    const log = await open();
    const texts = new Map([
      [digest("plan"), "the plan"],
      [digest("fleet"), "the fleet plan"],
    ]);
    await log.append(() => ({ entries: Array.from({ length: 300 }, (__, i) => level(`l${i}`)) }));
    await log.append(() => ({ entries: [authorised], texts }));
    await log.flush();
    expect(branch.commits.size).toBe(1);
    expect([...branch.files.keys()].toSorted()).toEqual(
      [
        "checkpoint",
        "tiles/000/000.jsonl",
        "tiles/000/001.jsonl",
        planPath(digest("plan")),
        planPath(digest("fleet")),
      ].toSorted(),
    );
    const head = openCheckpoint(branch.files.get("checkpoint") ?? "", repo, [signer.x]);
    expect(head).toMatchObject({ ok: true, ...log.headAt(301) });
    await log.flush();
    expect(branch.commits.size).toBe(1);
  });
  it("proves an authorisation to a site that knows an older head, flushing first", async () => {
    const log = await open();
    await log.append(() => ({ entries: [level("a"), level("b")] }));
    const seen = log.headAt(2);
    await log.append(() => ({ entries: [authorised, level("c")] }));
    const proof = await log.proof(2, seen);
    const { evd, merge, mode, plan, pol, pr, pre, sub } = authorised;
    const claims = { evd, merge, mode, plan, pol, pr, pre, sub, seq: 2, aud: "site:shop" };
    const expected = { repo, logKey: signer.x, claims: claims as ClaimsOf<"action"> };
    expect(verifyProof(proof, { ...expected, seen })).toMatchObject({ ok: true });
    expect(await log.agreesWith(seen)).toBe(true);
    expect(await log.agreesWith({ size: 2, root: EMPTY_DIGEST })).toBe(false);
    expect(await log.agreesWith({ size: 99, root: seen.root })).toBe(false);
    await expect(log.proof(2, { size: 99, root: seen.root })).rejects.toMatchObject({
      code: "log_mismatch",
    });
  });
  it("keeps what was not flushed over a restart, plan texts included", async () => {
    const log = await open();
    await log.append(() => ({
      entries: [authorised],
      texts: new Map([[digest("plan"), "the plan"]]),
    }));
    const again = await open();
    await again.flush();
    expect(branch.files.get(planPath(digest("plan")))).toBe("the plan");
  });
  it("takes over what the branch has when the store was lost", async () => {
    const log = await open();
    await log.append(() => ({ entries: Array.from({ length: 300 }, (__, i) => level(`l${i}`)) }));
    await log.flush();
    await store.close();
    store = await openSqliteStore(":memory:");
    const again = await open();
    expect(again.entries).toEqual(log.entries);
    expect(again.history.siteLevels.get(site("shop"))).toMatchObject({ index: 299 });
  });
  it.each<[string, () => void]>([
    [
      "is gone",
      () => {
        branch.head = null;
      },
    ],
    [
      "was moved by somebody else",
      () => {
        const files = new Map([...branch.files, ["checkpoint", "forged"] as const]);
        branch.commits.set(sha("x"), files);
        branch.head = sha("x");
      },
    ],
  ])("refuses to go on when the branch %s", async (_name, tamper) => {
    const log = await open();
    await log.append(() => ({ entries: [level("a")] }));
    await log.flush();
    tamper();
    await log.append(() => ({ entries: [level("b")] }));
    await expect(log.flush()).rejects.toMatchObject({ code: "log_mismatch" });
    await expect(open()).rejects.toMatchObject({ code: "log_mismatch" });
  });
  it("puts the fleet on HOLD, on record and once, when the branch is not its own", async () => {
    const log = await open();
    await log.append(() => ({ entries: [level("a")] }));
    await log.flush();
    branch.head = null;
    for (const _try of [1, 2]) await expect(open()).rejects.toMatchObject({ code: "log_mismatch" });
    const lines = await store.lines(repo, 0);
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({
      cause: "log_mismatch",
      kind: "level",
      level: "hold",
      site: null,
    });
  });
  it("refuses a branch that was taken back to an older head of its own", async () => {
    const log = await open();
    await log.append(() => ({ entries: [level("a")] }));
    await log.flush();
    const older = branch.head;
    await log.append(() => ({ entries: [level("b")] }));
    await log.flush();
    branch.head = older;
    await log.append(() => ({ entries: [level("c")] }));
    await expect(log.flush()).rejects.toMatchObject({ code: "log_mismatch" });
    await expect(open()).rejects.toMatchObject({ code: "log_mismatch" });
  });
  it("goes on after a write whose answer was lost", async () => {
    const log = await open();
    await log.append(() => ({ entries: [level("a")] }));
    branch.losesAnswer = true;
    await expect(log.flush()).rejects.toThrow("lost");
    await log.flush();
    await log.append(() => ({ entries: [level("b")] }));
    await log.flush();
    expect(branch.commits.size).toBe(2);
    expect((await open()).size).toBe(2);
  });
  it("finds a plan's text on the branch when the store was lost, and believes only its digest", async () => {
    const log = await open();
    const text = "the plan's own text";
    const plan = digestOfText(text);
    const entries = [{ ...authorised, plan, sub: actionIdOf({ ...identity, plan }) }];
    await log.append(() => ({ entries, texts: new Map([[plan, text]]) }));
    await log.flush();
    await store.close();
    store = await openSqliteStore(":memory:");
    const again = await open();
    expect(await again.text(plan)).toBe(text);
    const forged = new Map([...branch.files, [planPath(plan), "another text"] as const]);
    branch.commits.set(branch.head!, forged);
    expect(await again.text(plan)).toBeNull();
  });
  it("takes nothing over from tiles that are not what the signed head says", async () => {
    const log = await open();
    await log.append(() => ({ entries: [level("a"), level("b")] }));
    await log.flush();
    const tile = (branch.files.get("tiles/000/000.jsonl") ?? "").replace('"b"', '"c"');
    branch.commits.set(branch.head!, new Map([...branch.files, ["tiles/000/000.jsonl", tile]]));
    await store.close();
    store = await openSqliteStore(":memory:");
    await expect(open()).rejects.toMatchObject({ code: "log_mismatch" });
    expect(await store.lines(repo, 0)).toEqual([]);
  });
  it("refuses a branch that is not the beginning of the journal", async () => {
    const log = await open();
    await log.append(() => ({ entries: [level("a")] }));
    await log.flush();
    await store.close();
    store = await openSqliteStore(":memory:");
    await store.append(repo, 0, { lines: [JSON.stringify(level("other"))] });
    await expect(open()).rejects.toMatchObject({ code: "log_mismatch" });
  });
  it("says which entry of the journal is no entry", async () => {
    await store.append(repo, 0, { lines: ['{"kind":"nonsense"}'] });
    await expect(open()).rejects.toMatchObject({ code: "log_unreadable" });
  });
});
