/** Vectors of checkpoints and of the `proof` beside an action. */
import { signCheckpoint } from "../../src/audit/checkpoint.ts";
import { treeOf } from "../../src/audit/merkle.ts";
import { signNote } from "../../src/audit/note.ts";
import { proofText } from "../../src/audit/proof.ts";
import type { AuthorisedEntry } from "../../src/contract/audit-entry.ts";
import { canonicalText, type JsonObject } from "../../src/signing/canonical.ts";
import { EMPTY_DIGEST, hashOf } from "../../src/signing/digest.ts";
import type { Signer } from "../../src/signing/signer.ts";
import { authorisedEntry, bootstrapped, headOf, line, pairingEntry, REPO } from "../audit/log.ts";
import { claimsWith, log, signer, stranger } from "../signing/world.ts";
import { digest, sha, site } from "../support/ids.ts";

const fillers = Array.from({ length: 21 }, (_, index) => line({ filler: index }));
const authorised = authorisedEntry();
const AUTHORISED = line(authorised);
/** 0 bootstrapped, 1 pairing, 2–8 others, 9 the authorisation, then others up to 24 lines. */
const LINES = [
  line(bootstrapped),
  line(pairingEntry(3)),
  ...fillers.slice(0, 7),
  AUTHORISED,
  ...fillers.slice(7),
];
const tree = treeOf(LINES);
const INDEX = 9;

export interface CheckpointCase {
  readonly id: string;
  readonly checkpoint: string;
  readonly repo: number;
  readonly key: string;
  readonly accept: boolean;
  readonly size?: number;
  readonly root?: string;
}

async function checkpoint(
  id: string,
  made: { text?: string; change?: (note: string) => string; by?: Signer; name?: string },
  accept: { size: number; root: string } | null,
): Promise<CheckpointCase> {
  const text = made.text ?? BODY;
  const note = await signNote(text, made.name ?? `countersign/${REPO}`, made.by ?? log);
  const changed = made.change?.(note) ?? note;
  return { id, checkpoint: changed, repo: REPO, key: log.x, accept: accept !== null, ...accept };
}

const HEAD = headOf(tree, 24);
const BASE64 = hashOf(HEAD.root).toString("base64");
const ORIGIN = `countersign/${REPO}`;
const BODY = `${ORIGIN}\n24\n${BASE64}\n`;
const other = `— witness.example ${Buffer.alloc(68, 1).toString("base64")}\n`;
const last = (note: string) => note.slice(note.lastIndexOf("\n— ") + 1);

export const CHECKPOINTS: readonly Promise<CheckpointCase>[] = [
  checkpoint("good", {}, HEAD),
  checkpoint(
    "good-of-size-0",
    { text: `${ORIGIN}\n0\n${hashOf(EMPTY_DIGEST).toString("base64")}\n` },
    {
      size: 0,
      root: EMPTY_DIGEST,
    },
  ),
  checkpoint(
    "good-largest-size",
    { text: BODY.replace("24", "9007199254740991") },
    {
      ...HEAD,
      size: Number.MAX_SAFE_INTEGER,
    },
  ),
  checkpoint(
    "countersigned-by-another-before",
    { change: (n) => n.replace("\n\n", `\n\n${other}`) },
    HEAD,
  ),
  checkpoint("countersigned-by-another-after", { change: (n) => `${n}${other}` }, HEAD),
  checkpoint("signed-twice", { change: (n) => `${n}${last(n)}` }, HEAD),
  checkpoint(
    "second-signature-does-not-hold",
    {
      change: (n) => `${n}${last(n).replace(/.{8}=\n$/u, "AAAAAAAA=\n")}`,
    },
    null,
  ),
  checkpoint("17-signatures", { change: (n) => `${n}${other.repeat(16)}` }, null),
  checkpoint("16-signatures", { change: (n) => `${n}${other.repeat(15)}` }, HEAD),
  checkpoint("by-another-key", { by: stranger }, null),
  checkpoint("signer-with-another-name", { name: "countersign/4218" }, null),
  checkpoint(
    "of-another-repository",
    {
      text: BODY.replace("4217", "4218"),
      name: "countersign/4218",
    },
    null,
  ),
  checkpoint("origin-is-not-the-signer", { text: BODY.replace("4217", "4218") }, null),
  checkpoint("size-changed", { change: (n) => n.replace("\n24\n", "\n25\n") }, null),
  checkpoint("size-leading-zero", { text: BODY.replace("24", "024") }, null),
  checkpoint("size-negative", { text: BODY.replace("24", "-24") }, null),
  checkpoint("size-2-to-the-53", { text: BODY.replace("24", "9007199254740992") }, null),
  checkpoint("root-short", { text: BODY.replace(BASE64, "AAAA") }, null),
  checkpoint("root-without-padding", { text: BODY.replace("=", "") }, null),
  checkpoint("root-base64url", { text: BODY.replace(BASE64, `${"_".repeat(42)}8=`) }, null),
  checkpoint("root-spare-bits", { text: BODY.replace(BASE64, `${"A".repeat(42)}B=`) }, null),
  checkpoint("extension-line", { text: `${BODY}more\n` }, null),
  checkpoint("carriage-returns", { text: BODY.replaceAll("\n", "\r\n") }, null),
  checkpoint("nothing", { change: () => "" }, null),
  checkpoint("without-signature", { change: (n) => n.slice(0, n.indexOf("—")) }, null),
  checkpoint("without-empty-line", { change: (n) => n.replace("\n\n", "\n") }, null),
  checkpoint("without-last-newline", { change: (n) => n.slice(0, -1) }, null),
  checkpoint("one-newline-more", { change: (n) => `${n}\n` }, null),
  checkpoint("hyphen-for-the-dash", { change: (n) => n.replace("—", "-") }, null),
  checkpoint("two-spaces", { change: (n) => n.replace("— ", "—  ") }, null),
  checkpoint(
    "signature-spare-bits",
    { change: (n) => n.replace(/.=\n$/u, (end) => `${next(end[0]!)}=\n`) },
    null,
  ),
  checkpoint("signature-short", { change: (n) => n.replace(/.{4}\n$/u, "\n") }, null),
];

const next = (character: string) => String.fromCodePoint(character.codePointAt(0)! + 1);

export interface ProofCase {
  readonly id: string;
  readonly proof: string;
  readonly repo: number;
  readonly key: string;
  readonly seen: { readonly size: number; readonly root: string };
  /** Of the verified action. */
  readonly claims: JsonObject;
  readonly accept: boolean;
  readonly why: "log_stale" | "log_fork" | "log_invalid" | null;
}

interface Proof {
  readonly from?: number;
  readonly size?: number;
  readonly seen?: { readonly size: number; readonly root: string };
  readonly by?: Signer;
  readonly repo?: number;
  readonly lines?: readonly string[];
  readonly claims?: Record<string, unknown>;
  readonly change?: (proof: Record<string, unknown>) => Record<string, unknown>;
  readonly text?: (proof: string) => string;
}

const { evd, merge, mode, plan, pol, pr, pre, sub } = authorised;

async function proof(id: string, why: ProofCase["why"], made: Proof = {}): Promise<ProofCase> {
  const lines = made.lines ?? LINES;
  const of = treeOf(lines);
  const [from, size] = [made.from ?? 5, made.size ?? 24];
  const note = await signCheckpoint(made.repo ?? REPO, headOf(of, size), made.by ?? log);
  const text = proofText({
    tree: of,
    line: lines[INDEX]!,
    index: INDEX,
    from,
    checkpoint: note,
    size,
  });
  const object = JSON.parse(text) as Record<string, unknown>;
  const changed = canonicalText((made.change?.(object) ?? object) as JsonObject);
  return {
    id,
    proof: made.text?.(changed) ?? changed,
    repo: REPO,
    key: log.x,
    seen: made.seen ?? headOf(tree, from),
    claims: claimsWith("action", {
      evd,
      merge,
      mode,
      plan,
      pol,
      pr,
      pre,
      sub,
      seq: INDEX,
      ...made.claims,
    }),
    accept: why === null,
    why,
  };
}

/** The log with another line where the authorisation stood: on record, but saying something else. */
const saying = (over: Partial<AuthorisedEntry>) =>
  LINES.with(INDEX, line({ ...authorised, ...over }));
const forked = LINES.with(3, line({ filler: "another" }));
const path = (name: "inclusion" | "consistency", change: (path: string[]) => string[]) => ({
  change: (object: Record<string, unknown>) => ({
    ...object,
    [name]: change(object[name] as string[]),
  }),
});
const flip = (hash: string) => (hash.startsWith("0") ? "1" : "0") + hash.slice(1);

/** At size 0 there is no head yet that another could fork from. */
async function emptyHead(): Promise<ProofCase> {
  const note = await signCheckpoint(REPO, { size: 0, root: digest("not empty") }, log);
  return proof("checkpoint-of-size-0-with-a-root", "log_invalid", {
    from: 0,
    change: (object) => ({ ...object, checkpoint: note }),
  });
}

export const PROOFS: readonly Promise<ProofCase>[] = [
  proof("good", null),
  ...[0, 1, 2, 3, 4, 7, 8, 9, 10, 15, 16, 17, 23, 24].map((from) =>
    proof(`good-from-${from}`, null, { from }),
  ),
  ...[10, 11, 16, 17, 23].map((size) => proof(`good-in-${size}`, null, { size })),
  proof("good-head-seen-already-from-an-older-one", null, { from: 5, seen: headOf(tree, 24) }),
  proof("log-shorter-than-seen", "log_stale", { size: 16, seen: headOf(tree, 17) }),
  proof("log-shorter-than-seen-with-a-path-from-there", "log_stale", {
    size: 16,
    seen: headOf(tree, 17),
    change: (object) => ({ ...object, from: 17 }),
  }),
  emptyHead(),
  proof("path-from-another-head-than-seen", "log_stale", { from: 5, seen: headOf(tree, 6) }),
  proof("path-from-nothing-though-one-was-seen", "log_stale", { from: 0, seen: headOf(tree, 6) }),
  proof("another-root-of-the-seen-size", "log_fork", {
    from: 24,
    seen: { size: 24, root: digest("other") },
  }),
  proof("another-root-of-an-older-size", "log_invalid", {
    seen: { size: 5, root: digest("other") },
  }),
  proof("grown-from-another-log", "log_invalid", { lines: forked, seen: headOf(tree, 5) }),
  proof("checkpoint-by-another-key", "log_invalid", { by: stranger }),
  proof("checkpoint-by-another-log-key", "log_invalid", { by: signer("other log", "log") }),
  proof("checkpoint-of-another-repository", "log_invalid", { repo: 4218 }),
  proof(
    "inclusion-one-bit",
    "log_invalid",
    path("inclusion", ([a, ...rest]) => [flip(a!), ...rest]),
  ),
  proof(
    "inclusion-short",
    "log_invalid",
    path("inclusion", (hashes) => hashes.slice(1)),
  ),
  proof(
    "inclusion-long",
    "log_invalid",
    path("inclusion", (hashes) => [...hashes, hashes[0]!]),
  ),
  proof(
    "inclusion-empty",
    "log_invalid",
    path("inclusion", () => []),
  ),
  proof(
    "inclusion-upper-case",
    "log_invalid",
    path("inclusion", (hashes) => hashes.map((h) => h.toUpperCase())),
  ),
  proof(
    "inclusion-65-hashes",
    "log_invalid",
    path("inclusion", ([a]) => Array.from({ length: 65 }, () => a!)),
  ),
  proof(
    "consistency-one-bit",
    "log_invalid",
    path("consistency", ([a, ...rest]) => [flip(a!), ...rest]),
  ),
  proof(
    "consistency-short",
    "log_invalid",
    path("consistency", (hashes) => hashes.slice(0, -1)),
  ),
  proof(
    "consistency-empty",
    "log_invalid",
    path("consistency", () => []),
  ),
  proof("consistency-from-nothing-with-a-path", "log_invalid", {
    from: 0,
    ...path("consistency", () => ["0".repeat(64)]),
  }),
  proof("index-of-another-line", "log_invalid", { claims: { seq: 10 } }),
  proof("index-beyond-the-log", "log_invalid", { claims: { seq: 24 } }),
  proof("from-larger-than-the-log", "log_stale", { change: (object) => ({ ...object, from: 25 }) }),
  proof("from-a-text", "log_invalid", { change: (object) => ({ ...object, from: "5" }) }),
  proof("further-member", "log_invalid", { change: (object) => ({ ...object, index: 9 }) }),
  proof("member-missing", "log_invalid", { change: ({ line: _line, ...object }) => object }),
  proof("not-canonical", "log_invalid", { text: (text) => text.replace(":", ": ") }),
  proof("nothing", "log_invalid", { text: () => "" }),
  proof("list", "log_invalid", { text: () => "[]" }),
  proof("line-with-newline", "log_invalid", {
    change: (object) => ({ ...object, line: `${AUTHORISED}\n` }),
  }),
  proof("line-of-another-site", "log_invalid", { lines: saying({ site: site("acme-blog") }) }),
  proof("line-with-a-sub-that-is-not-its-own", "log_invalid", { lines: saying({ attempt: 2 }) }),
  ...(
    [
      ["evd", digest("x")],
      ["merge", sha("x")],
      ["mode", "rollback"],
      ["plan", digest("x")],
      ["pol", digest("x")],
      ["pr", 18],
      ["pre", digest("x")],
      ["sub", "a".repeat(26)],
    ] as const
  ).map(([name, value]) =>
    proof(`token-with-another-${name}`, "log_invalid", { claims: { [name]: value } }),
  ),
  proof("token-for-another-site", "log_invalid", { claims: { aud: "site:acme-blog" } }),
  proof("line-of-another-kind", "log_invalid", {
    lines: LINES.with(INDEX, line({ ...authorised, kind: "sent" })),
  }),
  proof("line-with-a-further-member", "log_invalid", {
    lines: LINES.with(INDEX, line({ ...authorised, note: "" })),
  }),
  proof("line-not-canonical", "log_invalid", { lines: LINES.with(INDEX, `${AUTHORISED} `) }),
];
