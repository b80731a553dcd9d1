/** Changes of the control repository itself: reviewed like steps, executed nowhere. */
import type { SiteFile } from "../contract/site-file.ts";
import { pathOfSite } from "../contract/control-repository.ts";
import type { SiteId } from "../contract/ids.ts";
import type { ControlKind, Target } from "../contract/plan.ts";
import type { ControlContent, ControlDraft, PlainValue } from "../contract/planned-change.ts";
import type { FileContent } from "../contract/yaml-document.ts";
import { type DesiredEntry, entriesOf, sameValue } from "./effective-state.ts";

/** A control change with the keys of its file that it is about. */
export interface SiteControl extends ControlDraft {
  readonly kind: ControlKind;
  readonly site: SiteId;
  readonly aspects: readonly SiteAspect[];
}

export type SiteAspect = "url" | "tier" | "labels" | "timezone" | "health" | "volatile" | "desired";

const FACTS = ["url", "tier", "labels", "timezone", "health", "volatile"] as const;

export interface SiteSides {
  readonly site: SiteId;
  readonly before: SiteFile | null;
  readonly after: SiteFile | null;
  /** Targets whose difference the site's steps express. */
  readonly covered: ReadonlySet<string>;
}

/** Whether the proposal takes live state into desired state: its `adopted` line changed. */
export function adopts(before: SiteFile | null, after: SiteFile): boolean {
  return after.adopted !== undefined && after.adopted !== before?.adopted;
}

/** The control changes of one site's file. */
export function siteControl(sides: SiteSides): SiteControl[] {
  const { site, before, after } = sides;
  const path = pathOfSite(site);
  const change = (
    kind: ControlKind,
    [from, to]: readonly [PlainValue | null, PlainValue | null],
    aspects: readonly SiteAspect[] = [],
  ): SiteControl => ({ kind, path, site, from: valueContent(from), to: valueContent(to), aspects });

  if (after === null) return before === null ? [] : [change("site.remove", [before, null])];
  const changes: SiteControl[] = [];
  if (before === null) changes.push(change("site.add", [null, after]));
  if (adopts(before, after)) {
    changes.push(
      change("site.adopt", [before === null ? null : adoption(before), adoption(after)]),
    );
  }
  const edited = before === null ? [] : editedAspects({ ...sides, before, after });
  if (before !== null && edited.length > 0) {
    changes.push(
      change("site.edit", [aspectsOf(before, edited), aspectsOf(after, edited)], edited),
    );
  }
  const pins = [before?.connector ?? null, after.connector ?? null] as const;
  if (!samePlain(...pins)) changes.push(change("connector.pair", pins));
  return changes;
}

function adoption({ desired, adopted }: SiteFile): PlainValue {
  return { adopted: adopted ?? null, desired };
}

function aspectsOf(file: SiteFile, aspects: readonly SiteAspect[]): PlainValue {
  return Object.fromEntries(aspects.map((aspect): [string, PlainValue] => [aspect, file[aspect]]));
}

function editedAspects(sides: SiteSides & { before: SiteFile; after: SiteFile }): SiteAspect[] {
  const { before, after, covered } = sides;
  const facts: SiteAspect[] = FACTS.filter((fact) => !samePlain(before[fact], after[fact]));
  const silent = !adopts(before, after) && hasSilentDifference(before, after, covered);
  return silent ? [...facts, "desired"] : facts;
}

/** Whether desired state differs in a way that no step shows: a pin, or one taken away. */
function hasSilentDifference(
  before: SiteFile,
  after: SiteFile,
  covered: ReadonlySet<string>,
): boolean {
  if (before.desired === after.desired) return false;
  const [old, now] = [byTarget(before), byTarget(after)];
  const targets = new Set([...old.keys(), ...now.keys()]);
  return [...targets].some((target) => {
    const [a, b] = [old.get(target), now.get(target)];
    const same = a !== undefined && b !== undefined && sameValue(a, b);
    return !same && !covered.has(target);
  });
}

function byTarget(file: SiteFile): ReadonlyMap<Target, DesiredEntry> {
  return new Map(entriesOf(file.desired, null).map((entry) => [entry.target, entry]));
}

/** The meaning of a file that plans understand. */
export function valueContent(value: PlainValue | null): ControlContent | null {
  return value === null ? null : { form: "value", value };
}

/** The bytes of any other file. */
export function bytesContent(content: FileContent | undefined): ControlContent | null {
  return content === undefined ? null : { form: "bytes", content };
}

/** Whether two values are the same JSON data, whatever the order of their keys. */
export function samePlain(a: PlainValue, b: PlainValue): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  if (Array.isArray(a) !== Array.isArray(b) || left.size !== right.size) return false;
  return [...left].every(([key, value]) => {
    const other = right.get(key);
    return other !== undefined && samePlain(value, other);
  });
}
