/**
 * Watches what GitHub keeps people from on the default and the audit branch, and which branch the
 * default one is. What once held and is known not to holds the fleet.
 * docs/decisions/0014-what-held-once-has-to-hold.md
 */
import type { EntryOf, AuditEntry } from "../contract/audit-entry.ts";
import type { ProtectionGap } from "../contract/watch-entry.ts";
import {
  heldBy,
  type JudgedProtection,
  type KnownProtection,
  lostOf,
  recordedProtection,
} from "../domain/protection.ts";
import { gapWord } from "../render/protection-line.ts";
import { digestOfText } from "../signing/digest.ts";
import { detect } from "./detect.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { auditBranch, readProtections } from "./protections.ts";

/** On record as it grows; a loss is detected, and takes nothing from the record. */
export async function watchBranches(fleet: Fleet): Promise<void> {
  if (fleet.log.history.attested === null) return;
  const { defaultBranch } = await fleet.forge.repository();
  if (isReplaced(fleet, defaultBranch)) await detect(fleet, null, "default_branch_replaced");
  const now = await readProtections(fleet);
  if (lossesOf(fleet, now).length > 0) await detect(fleet, null, "protection_weakened");
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(() => {
    const entries = now.flatMap((one) => entryOf(fleet, one, { at, defaultBranch }));
    return entries.length === 0 ? null : { entries };
  });
  await fleet.log.flush();
}

/** What was lost, in words; `null` where a branch could not be read. */
export async function lostNow(fleet: Fleet): Promise<readonly string[] | null> {
  fleet.forge.forgetPeople();
  const now = await readProtections(fleet);
  if (now.some(({ state }) => state === "unread")) return null;
  return lossesOf(fleet, now).map(gapWord);
}

/**
 * Whether the branch that is the default one now grew out of what was authorised, with nothing on
 * top of it: then it may take the place of the one that is on record.
 */
export async function isDefaultBranchKnown(fleet: Fleet): Promise<boolean> {
  const { attested } = fleet.log.history;
  const { defaultBranch } = await fleet.forge.repository();
  if (nameOf(fleet) === digestOfText(defaultBranch)) return true;
  return attested !== null && (await fleet.forge.branchTip(defaultBranch)) === attested;
}

interface Loss {
  readonly branch: JudgedProtection["branch"];
  readonly gap: ProtectionGap;
}

function lossesOf(fleet: Fleet, now: readonly JudgedProtection[]): readonly Loss[] {
  const known = recordedProtection(fleet.log.entries);
  return now.flatMap((one) =>
    lostOf(known.get(one.branch)?.entry.held ?? [], one).map((gap) => ({
      branch: one.branch,
      gap,
    })),
  );
}

/** The digest of the name that is on record for the default branch. */
const nameOf = ({ log }: Fleet): string | undefined =>
  recordedProtection(log.entries).get("default")?.entry.name;

function isReplaced(fleet: Fleet, defaultBranch: string): boolean {
  const known = recordedProtection(fleet.log.entries).get("default");
  const isOther = known !== undefined && known.entry.name !== digestOfText(defaultBranch);
  return isOther && !isAccepted(fleet, known);
}

/** A person released the fleet from what was said of the branch that is on record. */
function isAccepted({ log }: Fleet, known: KnownProtection): boolean {
  const cause = "default_branch_replaced";
  const said = log.entries.findLastIndex((one) => one.kind === "level" && one.cause === cause);
  return said > known.index && !log.history.fleetLevel.causes.includes(cause);
}

/** What is new to the record of a branch; of one that was replaced only once a person accepted it. */
function entryOf(
  fleet: Fleet,
  now: JudgedProtection,
  { at, defaultBranch }: { readonly at: string; readonly defaultBranch: string },
): AuditEntry[] {
  if (now.state === "unread") return [];
  const { branch } = now;
  if (branch === "default" && isReplaced(fleet, defaultBranch)) return [];
  const known = recordedProtection(fleet.log.entries).get(branch)?.entry;
  const name = digestOfText(branch === "default" ? defaultBranch : auditBranch);
  const before: readonly ProtectionGap[] = known?.held ?? [];
  const held = [...new Set([...before, ...heldBy(now)])];
  if (known?.name === name && held.length === before.length) return [];
  const entry: EntryOf<"protection"> = { at, branch, held, kind: "protection", name };
  return [entry];
}
