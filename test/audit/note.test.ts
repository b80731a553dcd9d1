import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openCheckpoint, originOf, signCheckpoint } from "../../src/audit/checkpoint.ts";
import { openNote, signNote } from "../../src/audit/note.ts";
import { EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { log, signer, stranger } from "../signing/world.ts";
import { digest } from "../support/ids.ts";

const NAME = "countersign/4217";
const TEXT = "a text\n\nof paragraphs\n";

describe("a signed note", () => {
  it("has the form of C2SP signed-note", async () => {
    const note = await signNote("a text\n", NAME, log);
    const key = Buffer.from(log.x, "base64url");
    const hash = createHash("sha256")
      .update(Buffer.concat([Buffer.from(`${NAME}\n\u0001`), key]))
      .digest()
      .subarray(0, 4);
    const seal = Buffer.concat([hash, await log.sign(Buffer.from("a text\n"))]);
    expect(note).toBe(`a text\n\n— ${NAME} ${seal.toString("base64")}\n`);
  });
  it("gives its text back to whoever knows the signer, and says which key it was", async () => {
    const note = await signNote(TEXT, NAME, log);
    expect(openNote(note, NAME, [stranger.x, log.x])).toEqual({ ok: true, text: TEXT, key: log.x });
  });
  it.each<[string, string, (note: string) => string]>([
    ["signature", "another text", (note) => note.replace("a text", "b text")],
    ["signer", "another name", (note) => note.replace(NAME, "countersign/4218")],
    ["signer", "no signature at all", (note) => note.slice(0, note.indexOf("—"))],
    ["form", "a control character", (note) => note.replace("a text", "a\ttext")],
    ["form", "a lone surrogate", (note) => note.replace("a text", "\ud800")],
    ["form", "nothing above the signature", (note) => note.slice(note.lastIndexOf("\n\n"))],
    ["form", "junk below the signature", (note) => `${note}junk\n`],
    ["form", "no newline at the end", (note) => note.trimEnd()],
  ])("is refused for its %s: %s", async (reason, _, change) => {
    const note = change(await signNote(TEXT, NAME, log));
    expect(openNote(note, NAME, [log.x])).toEqual({ ok: false, reason });
  });
  it("is refused by keys that did not sign it", async () => {
    const note = await signNote(TEXT, NAME, log);
    expect(openNote(note, NAME, [stranger.x])).toEqual({ ok: false, reason: "signer" });
    expect(openNote(note, NAME, [])).toEqual({ ok: false, reason: "signer" });
  });
});

describe("a checkpoint", () => {
  it("carries origin, size and root", async () => {
    const head = { size: 3, root: digest("root") };
    const checkpoint = await signCheckpoint(4217, head, log);
    expect(checkpoint.split("\n").slice(0, 2)).toEqual([originOf(4217), "3"]);
    expect(openCheckpoint(checkpoint, 4217, [log.x])).toEqual({ ok: true, key: log.x, ...head });
  });
  it("is known by any key of several generations, and by no other", async () => {
    const later = signer("later log key", "log");
    const checkpoint = await signCheckpoint(4217, { size: 0, root: EMPTY_DIGEST }, later);
    expect(openCheckpoint(checkpoint, 4217, [log.x, later.x]).ok).toBe(true);
    const refused = openCheckpoint(checkpoint, 4217, [log.x]);
    expect(refused).toEqual({ ok: false, reason: "signer" });
  });
});
