import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { MAX_LINE_BYTES } from "../../src/cli/conformance-lines.ts";
import { KINDS } from "../../src/contract/claims.ts";
import { vectorPath } from "../vectors/generate.ts";
import type { TokenCase } from "../vectors/token-case.ts";
import { hostileTokens } from "../signing/hostile.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import {
  claimsWith,
  CP,
  cpKeys,
  EPOCH,
  GOOD,
  id128,
  KEYED_KINDS,
  type KeyedKind,
  NOW,
  partiesFor,
  SITE,
  siteKeys,
  tokenOf,
} from "../signing/world.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/conformance.ts", import.meta.url));
const HAS_PHP =
  spawnSync("php", ["-r", "exit(function_exists('sodium_memzero') ? 0 : 1);"]).status === 0;

interface Verdict {
  readonly id: unknown;
  readonly accept: boolean;
  readonly reason: string | null;
}

async function run(input: string | Buffer, ...args: string[]): Promise<Verdict[]> {
  const program = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const output: Buffer[] = [];
  program.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  program.stdin.end(input);
  const code = await new Promise((resolve) => program.on("close", resolve));
  expect(code).toBe(0);
  const lines = Buffer.concat(output).toString().split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Verdict);
}

type Line = Record<string, unknown> & { readonly id: string };

/**
 * One good message of each kind, and then what a memory of them has to refuse too: each once more,
 * as every other kind, at another site, and from another control plane. A receipt alone may come
 * again byte for byte, and evidence names the question that it answers.
 */
async function hostileStream(rounds: number): Promise<{ good: string[]; lines: Line[] }> {
  const lineOf = (id: string, kind: KeyedKind, token: string, beside: object): Line => ({
    id,
    token,
    typ: KINDS[kind].typ,
    keys: { ...cpKeys, ...siteKeys },
    ...partiesFor(kind),
    now: NOW,
    epoch: EPOCH,
    beside,
  });
  const beat = await tokenOf("heartbeat", claimsWith("heartbeat"));
  // The ack answers the beat, and the key-set ends the key that the others are signed with.
  const rest = KEYED_KINDS.filter((kind) => kind !== "heartbeat" && kind !== "keyset");
  const order: readonly KeyedKind[] = ["heartbeat", ...rest, "keyset"];
  const good: Line[] = [];
  const hostile: Line[] = [];
  for (const kind of order) {
    const claims = claimsWith(kind, kind === "ack" ? { re: digestOfText(beat) } : {});
    if ("jti" in claims) Object.assign(claims, { jti: id128(`the good ${kind}`) });
    const token = kind === "heartbeat" ? beat : await tokenOf(kind, claims);
    const line = lineOf(kind, kind, token, GOOD[kind].texts);
    good.push(line);
    if (kind !== "receipt" && kind !== "evidence") hostile.push({ ...line, id: `${kind}, again` });
    for (const other of order.filter((one) => one !== kind)) {
      hostile.push(lineOf(`${kind} as ${other}`, other, token, GOOD[other].texts));
    }
    const { iss, aud } = partiesFor(kind);
    const elsewhere = (name: string) => (name === SITE ? "site:acme-blog" : name);
    const others = (name: string) => (name === CP ? "cp:4218" : name);
    hostile.push({ ...line, id: `${kind} elsewhere`, iss: elsewhere(iss), aud: elsewhere(aud) });
    hostile.push({ ...line, id: `${kind} for others`, iss: others(iss), aud: others(aud) });
  }
  const mutated = await hostileTokens(rounds);
  hostile.push(...mutated.map(({ id, kind, token, texts }) => lineOf(id, kind, token, texts)));
  const last = good.splice(-1);
  const lines = [...good, ...hostile.filter(({ id }) => id !== "keyset, again"), ...last];
  return { good: [...good, ...last].map(({ id }) => id), lines: [...lines, ...last] };
}

const text = (lines: readonly object[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join("");

const vectors = ["tokens-outer", "tokens-inner", "tokens-claims", "tokens-pairing"].flatMap(
  (name) => (JSON.parse(readFileSync(vectorPath(name), "utf8")) as { cases: TokenCase[] }).cases,
);
const expected = vectors.map(({ id, accept, reason }) => ({ id, accept, reason }));

describe("conformance --impl ts", () => {
  it("answers every vector as it says, one line out for one line in, in order", async () => {
    expect(await run(text(vectors), "--impl", "ts")).toEqual(expected);
  });
  it("answers whatever a line holds", async () => {
    const good = vectors.find(({ id }) => id === "good-query")!;
    const { token: _token, ...rest } = good;
    const lines = [
      "",
      "null",
      "[]",
      "{",
      '{"id":{}}',
      JSON.stringify(rest),
      JSON.stringify({ ...good, id: 7 }),
      JSON.stringify({ ...good, id: undefined }),
      JSON.stringify({ ...good, typ: "JWT" }),
      JSON.stringify({ ...good, now: "1" }),
      JSON.stringify({ ...good, now: 1.5 }),
      JSON.stringify({ ...good, keys: [] }),
      JSON.stringify({ ...good, epoch: null }),
      JSON.stringify({ ...good, beside: { arg: 1 } }),
      JSON.stringify(good).replace('"arg":""', '"arg":"","__proto__":""'),
      JSON.stringify({ ...good, token: "\ud800" }),
      "[".repeat(100_000),
      `${JSON.stringify(good)}\r`,
      JSON.stringify(good),
    ];
    const verdicts = await run(lines.join("\n"), "--impl", "ts");
    expect(verdicts.map(({ id, reason }) => [id, reason])).toEqual([
      [null, "line"],
      [null, "line"],
      [null, "line"],
      [null, "line"],
      [null, "line"],
      [good.id, "line"],
      [7, null],
      [null, "line"],
      [good.id, "line"],
      [good.id, "line"],
      [good.id, "line"],
      [good.id, "line"],
      [good.id, "line"],
      [good.id, "line"],
      [good.id, "beside"],
      [good.id, "line"],
      [null, "line"],
      [good.id, null],
      [good.id, null],
    ]);
  });
  it("takes a line of 16 MiB, drops a longer one, and goes on", async () => {
    const good = vectors.find(({ id }) => id === "good-query")!;
    const long = (bytes: number) => {
      const rest = JSON.stringify({ ...good, pad: "" }).length;
      return JSON.stringify({ ...good, pad: "a".repeat(bytes - rest) });
    };
    const input = [long(MAX_LINE_BYTES), long(MAX_LINE_BYTES + 1), JSON.stringify(good), ""];
    const verdicts = await run(input.join("\n"), "--impl", "ts");
    expect(verdicts.map(({ reason }) => reason)).toEqual([null, "line", null]);
  });
  it("does not take bytes that are no UTF-8", async () => {
    const [verdict] = await run(Buffer.from([34, 255, 34, 10]), "--impl", "ts");
    expect(verdict).toEqual({ id: null, accept: false, reason: "line" });
  });
  it("refuses an epoch in a pairing's line, and a window that is incomplete", async () => {
    const good = vectors.find(({ id }) => id === "pairing-good")!;
    const { home: _home, ...noHome } = good;
    const lines = [
      { ...good, epoch: 1 },
      noHome,
      { ...good, trust: "x" },
      { ...good, by: { ...(good.by as object), use: "log" } },
      { ...good, keys: "not looked at" },
    ];
    const reasons = (await run(text(lines), "--impl", "ts")).map(({ reason }) => reason);
    expect(reasons).toEqual(["line", "line", "line", "line", null]);
  });
  it.each([[], ["--impl", "go"], ["--else"]])("says how it is called: %o", (...args) => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { input: "" });
    expect(status).toBe(2);
    expect(stderr.toString()).not.toBe("");
  });
});

const NO_PHP = "no native PHP with sodium here; the connector's own tests run the vectors there";
describe("conformance --impl php", () => {
  it("gives the verdict of the other side on every vector", async ({ skip }) => {
    skip(!HAS_PHP, NO_PHP);
    expect(await run(text(vectors), "--impl", "php")).toEqual(expected);
  });
  it("gives the verdict of the other side on hostile tokens, and accepts none", async ({
    skip,
  }) => {
    skip(!HAS_PHP, NO_PHP);
    const { good, lines } = await hostileStream(6);
    expect(lines.length - good.length).toBeGreaterThanOrEqual(1000);
    const [ts, php] = await Promise.all(
      ["ts", "php"].map((impl) => run(text(lines), "--impl", impl, "--stateful")),
    );
    expect(php).toEqual(ts);
    const accepted = ts!.filter(({ accept }) => accept).map(({ id }) => id);
    expect(accepted).toEqual(good);
    const reasons = new Map(ts!.map(({ id, reason }) => [id, reason]));
    for (const kind of ["heartbeat", "ack", "action", "query"]) {
      expect([kind, reasons.get(`${kind}, again`)]).toEqual([kind, "replay"]);
    }
  });
});
