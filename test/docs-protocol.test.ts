/** docs/protocol.md against the code and the vectors: its examples are theirs, its lists complete. */
import { describe, expect, it } from "vitest";
import { leafHash, nodeHash, rootAt, treeOf } from "../src/audit/merkle.ts";
import { verifyLog } from "../src/audit/verify-log.ts";
import {
  AuditEntry,
  BootstrappedEntry,
  Outcome,
  RefusalCode,
} from "../src/contract/audit-entry.ts";
import { CLAIM_TYPES, REFUSAL_REASONS } from "../src/contract/claims.ts";
import { READINESS_ITEMS } from "../src/contract/fleet-config.ts";
import { ControlKind, StepKind } from "../src/contract/plan.ts";
import { LEVEL_OF_CAUSE } from "../src/domain/containment.ts";
import { canonicalText, type Json } from "../src/signing/canonical.ts";
import { pairingSigner } from "../src/signing/pairing-text.ts";
import { actionKeyInfo, deriveKey, logKeyInfo } from "../src/signing/derive.ts";
import { EMPTY_DIGEST } from "../src/signing/digest.ts";
import { signerOf } from "../src/signing/signer.ts";
import {
  blocksOf,
  codesOf,
  filesOf,
  firstColumn,
  page,
  readText,
  sectionOf,
} from "./support/pages.ts";

const protocol = page("docs/protocol.md");
const blocks = blocksOf(protocol);

function example(name: string): string {
  const found = blocks.find(({ label }) => label === `example: ${name}`);
  if (found === undefined) throw new Error(`docs/protocol.md has no example "${name}"`);
  return found.text;
}

/** `<!-- vector: FILE CASE PATH [header|payload] -->` names what the block after it repeats. */
function vectorText(label: string): string {
  const [file = "", id = "", where = "", part] = label.replace("vector: ", "").split(" ");
  const { cases } = JSON.parse(readText(`test/vectors/${file}`)) as { cases: { id: string }[] };
  const value = where.split(".").reduce<unknown>(
    (at, name) => (at as Record<string, unknown>)[name],
    cases.find((one) => one.id === id),
  );
  if (typeof value !== "string") return canonicalText(value as Json);
  if (part === undefined) return value;
  return Buffer.from(value.split(".")[part === "header" ? 0 : 1] ?? "", "base64url").toString();
}

describe("an example of docs/protocol.md", () => {
  const vectors = blocks.flatMap(({ label, text }) =>
    label?.startsWith("vector: ") === true ? [[label, text] as const] : [],
  );
  it.each(vectors)("is the %s", (label, text) => {
    expect(`${vectorText(label)}\n`).toBe(text);
  });
  it("has its source named, whatever it is", () => {
    expect(blocks.filter(({ label }) => label === null)).toEqual([]);
    expect(vectors.length).toBeGreaterThan(8);
  });
  it("of a log verifies, with the key of its first line", () => {
    const [first = ""] = example("log lines").split("\n");
    const { repo, log } = BootstrappedEntry.parse(JSON.parse(first));
    const report = verifyLog({
      repo,
      logKey: log,
      checkpoint: example("log checkpoint"),
      tiles: [example("log lines")],
      against: [],
    });
    expect(report).toMatchObject({ ok: true, entries: 3, bad: [] });
  });
  it("of hashes is that log's", () => {
    const lines = example("log lines").trimEnd().split("\n");
    const leaves = lines.map(leafHash);
    const hashes = [...leaves, nodeHash(leaves[0]!, leaves[1]!), rootAt(treeOf(lines), 3)];
    expect(example("log hashes")).toBe(hashes.map((hash) => `${hash.toString("hex")}\n`).join(""));
  });
  it("of derived keys is what the derivation gives", () => {
    const [cp, site] = ["cp:4217", "site:acme-shop"];
    const infos = [
      actionKeyInfo({ cp, site, epoch: 1, gen: 1, kver: 1 }),
      logKeyInfo({ cp, gen: 1 }),
    ];
    const lines = infos.flatMap((info) => [info, signerOf(deriveKey(Buffer.alloc(32), info)).x]);
    const pairing = pairingSigner(Buffer.alloc(16), site).x;
    lines.push(canonicalText(["countersign pairing v1", site]), pairing);
    expect(example("derivation")).toBe(`${lines.join("\n")}\n`);
  });
});

const codesIn = (title: string): string[] =>
  codesOf({ path: "", text: sectionOf(protocol, title) });

describe("a list of docs/protocol.md", () => {
  it("gives the reasons of a refusal in their order", () => {
    expect(codesIn("Reasons")).toEqual([...REFUSAL_REASONS]);
  });
  it("gives every outcome and every code of a refusal", () => {
    const outcomes = Outcome.options[0].options;
    const section = sectionOf(protocol, "Receipt");
    expect(firstColumn(section).toSorted()).toEqual([...outcomes, "refused:<code>"].toSorted());
    const [, codes = ""] = /closed list: ([^.]+)\./u.exec(section) ?? [];
    expect(codesOf({ path: "", text: codes })).toEqual([...RefusalCode.options]);
  });
  it("gives every kind of audit entry", () => {
    const kinds = AuditEntry.options.map(({ shape }) => shape.kind.value);
    expect(firstColumn(sectionOf(protocol, "Entries")).toSorted()).toEqual(kinds.toSorted());
  });
  it("gives every kind of step and of control change", () => {
    const codes = codesIn("The plan");
    for (const kind of [...StepKind.options, ...ControlKind.options]) expect(codes).toContain(kind);
  });
  it("gives every question with its answer", () => {
    const asked = firstColumn(sectionOf(protocol, "Queries and evidence"));
    expect(asked.toSorted()).toEqual([...CLAIM_TYPES.ask.enum]);
    const codes = new Set(protocol.text.match(/`[a-z_]+`/gu));
    for (const word of [...CLAIM_TYPES.ans.enum, ...CLAIM_TYPES.why.enum]) {
      expect(codes).toContain(`\`${word}\``);
    }
  });
  it("gives every item of readiness that a connector measures and a policy may demand", () => {
    const { text } = page("connector/src/answer/class-findings.php");
    const own = page("connector/src/answer/class-readiness.php").text;
    const measured = [...`${text}${own}`.matchAll(/item\( '([A-Za-z]+)'/gu)];
    const names = new Set(measured.flatMap(([, name]) => name ?? []));
    expect(names.size).toBeGreaterThan(8);
    const codes = codesIn("Queries and evidence");
    for (const name of names) expect(codes).toContain(name);
    // Two of them the control plane alone can tell.
    const ours = new Set(["heartbeat", "messages"]);
    const demanded = READINESS_ITEMS.filter((item) => !ours.has(item));
    for (const item of demanded) expect(codes).toContain(item);
  });
  it("names no cause of a level that the code does not know", () => {
    const causes = ["receipt_mismatch", "outcome_unknown", "log_forked"];
    for (const cause of causes) {
      expect(protocol.text).toContain(`\`${cause}\``);
      expect(Object.keys(LEVEL_OF_CAUSE)).toContain(cause);
    }
  });
  it("numbers the requirements from R1 on", () => {
    const numbers = firstColumn(sectionOf(protocol, "What a connector has to hold"));
    expect(numbers).toEqual(numbers.map((_, index) => `R${index + 1}`));
    expect(numbers.length).toBeGreaterThan(20);
  });
  it("states the empty digest", () => {
    expect(protocol.text).toContain(EMPTY_DIGEST);
  });
});

describe("a comment that cites docs/protocol.md", () => {
  const sources = filesOf("src/**/*.ts", "connector/**/*.php");
  const cited = sources.flatMap((file) => {
    const flat = readText(file).replaceAll(/\n \* /gu, " ");
    const [, ...after] = flat.split("docs/protocol.md");
    return after.flatMap((text) => {
      const [quoted = ""] = /^,( "[^"]+"(,| and)?)+/u.exec(text) ?? [];
      const titles = [...quoted.matchAll(/"([^",]+),?"/gu)].flatMap(([, title]) => title ?? []);
      return titles.map((title) => [file, title] as const);
    });
  });
  it.each(cited)("%s: there is a heading %s", (_, title) => {
    expect(() => sectionOf(protocol, title)).not.toThrow();
  });
  it("is found often", () => {
    expect(cited.length).toBeGreaterThan(15);
  });
});
