/** What `countersign pair` believes of an answer: its signature, and nothing that it does not cover. */
import { beforeAll, describe, expect, it } from "vitest";
import { signNote } from "../../src/audit/note.ts";
import { describePairing, readWindow } from "../../src/cli/pair.ts";
import { SiteId } from "../../src/contract/ids.ts";
import { windowText } from "../../src/render/pair-answer.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { signerOf } from "../../src/signing/signer.ts";

const log = signerOf(Buffer.alloc(32, 1), "log");
const stranger = signerOf(Buffer.alloc(32, 2), "log");
const given = { repo: 4711, site: SiteId.parse("shop"), log: log.x };
const offer = {
  action: stranger.x,
  cp: "cp:4711",
  epoch: 1,
  gen: 1,
  kver: 1,
  log: log.x,
  recovery: stranger.x,
  site: "site:shop",
};
const until = "2026-11-24T20:10:00Z";
const note = (over: object = {}, by = log, name = "countersign/4711") =>
  signNote(`${canonicalText({ ...offer, ...over })}\n`, name, by);
const answer = (text: string, url: string | null = "https://countersign.example") =>
  windowText({ site: "shop", until, note: text, url });

let good: string;
beforeAll(async () => {
  good = answer(await note());
});

describe("the answer to countersign pair", () => {
  it("is read as it was signed, with where to send and until when", () => {
    const url = "https://countersign.example";
    expect(readWindow(good, given)).toEqual({ offer, url, until: Date.parse(until) });
  });
  it("has no address where a person carries the token", async () => {
    expect(readWindow(answer(await note(), null), given)?.url).toBe("");
  });
  it("opens nothing where there is no note in it", () => {
    expect(readWindow("`pair` was not done: you do not hold the role.", given)).toBeNull();
    const text = describePairing({ kind: "refused", answer: "not done" }, "shop");
    expect(text).toContain("not done");
  });
  it.each<[string, () => Promise<string> | string]>([
    ["signed by somebody else", async () => answer(await note({}, stranger))],
    ["of another log", async () => answer(await note({}, log, "countersign/4712"))],
    ["for another site", async () => answer(await note({ site: "site:blog" }))],
    ["of another control plane", async () => answer(await note({ cp: "cp:4712" }))],
    ["with another log key", async () => answer(await note({ log: stranger.x }))],
    ["with a further member", async () => answer(await note({ more: 1 }))],
    ["changed on the way", () => good.replace('"epoch":1', '"epoch":9')],
    ["without its time", () => good.replace(until, "soon")],
  ])("is refused %s", async (_name, text) => {
    const forged = await text();
    expect(() => readWindow(forged, given)).toThrow(
      expect.objectContaining({ code: "token_invalid" }),
    );
  });
});
