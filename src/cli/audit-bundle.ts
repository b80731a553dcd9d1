/** `countersign audit bundle`: one file that proves elsewhere what a log says of a proposal or site. */
import { writeFile } from "node:fs/promises";
import { entriesAbout } from "../audit/about.ts";
import { type BundleReport, makeBundle, verifyBundle } from "../audit/bundle.ts";
import type { AuditEntry } from "../contract/audit-entry.ts";
import { Bytes32, type Digest } from "../contract/ids.ts";
import { LogBundle } from "../contract/log-bundle.ts";
import { CountersignError } from "../errors.ts";
import { canonicalText, type Json } from "../signing/canonical.ts";
import { planText, readEntries, type ReadableLog } from "./audit-log.ts";
import { aboutOf } from "./audit-show.ts";
import { readText } from "./read-text.ts";

/** @throws CountersignError `usage`, `clone_unreadable`, or `log_unreadable` where it does not verify */
export async function auditBundle(folder: string, what: string): Promise<LogBundle> {
  const log = await readEntries(folder);
  if (!log.report.ok) {
    throw new CountersignError("log_unreadable", "The log does not verify: it proves nothing.", {
      hint: `Run \`countersign audit verify ${folder}\`: it names what is wrong.`,
    });
  }
  const { copy, lines, entries } = log;
  const indices = entriesAbout(entries, aboutOf(what));
  if (indices.length === 0) {
    throw new CountersignError("usage", `The log holds nothing about ${what}.`, {
      hint: "Name a pull request by its number, a site by its id, or a commit by 7 or more digits.",
    });
  }
  const texts = await textsOf(log, indices);
  const { repo, checkpoint, logKey } = copy;
  return makeBundle({ repo, log: logKey, checkpoint, lines, entries, indices, texts });
}

export function writeBundle(file: string, bundle: LogBundle): Promise<void> {
  const members: Json = JSON.parse(JSON.stringify(bundle));
  const text = canonicalText(members);
  return writeFile(file, `${text}\n`);
}

/** Texts of the plans that were authorised. */
async function textsOf(log: ReadableLog, indices: readonly number[]): Promise<Map<Digest, string>> {
  const texts = new Map<Digest, string>();
  const digests = indices.flatMap((index) => plansOf(log.entries[index]));
  for (const digest of new Set(digests)) {
    const text = await planText(log, digest);
    if (text !== null) texts.set(digest, text);
  }
  return texts;
}

function plansOf(entry: AuditEntry | undefined): Digest[] {
  return entry?.kind === "authorised" ? [entry.plan, entry.fleet] : [];
}

/** @throws CountersignError `usage` where the file is no bundle, or the key no key */
export async function checkBundle(file: string, key: string | undefined): Promise<BundleReport> {
  const anchor = key === undefined ? null : Bytes32.safeParse(key).data;
  if (anchor === undefined) {
    throw new CountersignError("usage", `${String(key)} is no key.`, {
      hint: "Copy log.key from the fleet's countersign.yml: 43 characters.",
    });
  }
  const bundle = LogBundle.safeParse(jsonOf(await readText(file)));
  if (bundle.success) return verifyBundle(bundle.data, anchor);
  throw new CountersignError("usage", `${file} is no bundle of an audit log.`, {
    hint: "Make one with `countersign audit bundle <pr|site> -o FILE`.",
    cause: bundle.error,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function describeBundleReport(report: BundleReport): string {
  const { ok, entries, head, anchor, bad } = report;
  const first = ok
    ? `✓ ${entries.length} entries, each of the log with ${head?.size ?? 0} entries and root ${head?.root ?? ""}`
    : `✗ ${bad.length} ${bad.length === 1 ? "thing is" : "things are"} wrong with this bundle.`;
  const faults = bad.map(
    ({ index, code, message }) =>
      `  ${index === null ? "bundle" : `entry ${index}`}: ${code}: ${message}`,
  );
  const key =
    anchor === "proved"
      ? "Key: the one you named."
      : "Key: unproved. Anybody can make a log with a key of their own: name the one of the fleet's countersign.yml with --key.";
  return [first, ...faults, key].join("\n");
}
