/** The golden vectors of test/vectors/ in the connector's own verifiers, on bare PHP. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareWordPress } from "../../sandbox/wordpress/install.ts";
import { type ConnectorSite, LANE, startSite, patience } from "../support/connector-site.ts";

type What = "token" | "proof" | "checkpoint" | "canonical" | "action-id";
interface Case {
  readonly id: string;
  readonly accept?: boolean;
  readonly reason?: string | null;
  readonly why?: string | null;
  readonly size?: number;
  readonly root?: string;
  readonly sub?: string;
}

const FILES: readonly [string, What][] = [
  ["tokens-outer", "token"],
  ["tokens-inner", "token"],
  ["tokens-claims", "token"],
  ["tokens-pairing", "token"],
  ["proofs", "proof"],
  ["checkpoints", "checkpoint"],
  ["canonical", "canonical"],
  ["action-ids", "action-id"],
];

const root = fileURLToPath(new URL("../..", import.meta.url));
const JUDGE = path.join(root, "test/connector/php/judge.php");
const read = (name: string): Case[] =>
  (
    JSON.parse(readFileSync(path.join(root, `test/vectors/${name}.json`), "utf8")) as {
      cases: Case[];
    }
  ).cases;

function expected(what: What, one: Case): unknown {
  switch (what) {
    case "token":
      return one.reason;
    case "proof":
      return one.why;
    case "checkpoint":
      return one.accept === true ? { size: one.size, root: one.root } : null;
    case "canonical":
      return one.accept;
    case "action-id":
      return one.sub;
  }
}

const questions = (what: What, cases: readonly Case[]): string =>
  cases.map((one) => `${JSON.stringify({ what, case: one })}\n`).join("");

const verdicts = (printed: string): Map<string, unknown> =>
  new Map(
    printed
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; verdict: unknown })
      .map(({ id, verdict }) => [id, verdict]),
  );

if (LANE === "native") {
  describe("R12, R14, R21: on this machine's PHP", () => {
    describe.each(["ext-sodium", "sodium_compat"])("with %s", (library) => {
      it.each(FILES)(
        "%s.json: the same verdict on every case",
        async (name, what) => {
          const cases = read(name);
          const { core } = await prepareWordPress();
          const compat = path.join(core, "wp-includes/sodium_compat");
          const { stdout, stderr } = spawnSync("php", [JUDGE, library, compat], {
            input: questions(what, cases),
            encoding: "utf8",
            maxBuffer: 64 * 1024 * 1024,
          });
          expect(stderr).toBe("");
          const got = verdicts(stdout);
          const want = new Map(cases.map((one) => [one.id, expected(what, one)]));
          expect(Object.fromEntries(got)).toEqual(Object.fromEntries(want));
        },
        patience(120_000),
      );
    });
  });
} else {
  /** php-wasm verifies slowly, so there only what never reaches a signature, and a few that do. */
  describe("R12, R14, R21: on WebAssembly", () => {
    let site: ConnectorSite;
    beforeAll(async () => {
      site = await startSite();
    }, patience(240_000));
    afterAll(async () => {
      await site?.close();
    }, patience(60_000));

    it.each(FILES)(
      "%s.json: the same verdict",
      async (name, what) => {
        const cases = read(name).filter((_, index) => what !== "token" || index % 12 === 0);
        const input = Buffer.from(questions(what, cases)).toString("base64");
        const source = readFileSync(JUDGE, "utf8").replace("<?php", "");
        const judge = Buffer.from(source).toString("base64");
        const printed = await site.runPhp(
          `$lines = base64_decode( '${input}' ); define( 'COUNTERSIGN_JUDGE_LINES', $lines ); eval( base64_decode( '${judge}' ) );`,
        );
        const got = verdicts(printed);
        const want = new Map(cases.map((one) => [one.id, expected(what, one)]));
        expect(Object.fromEntries(got)).toEqual(Object.fromEntries(want));
      },
      patience(120_000),
    );
  });
}
