/**
 * The policy review's part about adoption: what a file takes for live is held against the signed
 * inventory that its `adopted` line names.
 */
import { pathOfSite, type Tree } from "../contract/control-repository.ts";
import { readControlFile } from "../contract/control-file.ts";
import { errorAt, type Finding, sortFindings } from "../contract/finding.ts";
import type { CommitSha, Digest, SiteId } from "../contract/ids.ts";
import type { Inventory } from "../contract/inventory.ts";
import { SiteFile } from "../contract/site-file.ts";
import { adoptedEntries, unborneEntries } from "../domain/adoption-check.ts";
import type { PackageReview } from "./check-packages.ts";
import { siteFileOf } from "./control-files.ts";
import type { Fleet } from "./fleet.ts";
import { inventoryNow } from "./known-files.ts";
import { inventoryIn } from "./known-trees.ts";
import type { Planned } from "./planning.ts";

/** The review with what is wrong about adoptions: an error that no right overrides. What no site could be asked about waits. */
export async function withAdoptions(
  fleet: Fleet,
  review: PackageReview,
  { planning, attested }: { readonly planning: Planned; readonly attested: CommitSha },
): Promise<PackageReview> {
  const { plan, after } = planning;
  const adopting = plan.changes.flatMap(({ kind, site }) =>
    kind === "site.adopt" && site !== null ? site : [],
  );
  if (adopting.length === 0) return review;
  const before = await fleet.forge.controlTree(attested);
  const findings: Finding[] = [];
  for (const site of adopting) findings.push(...(await unborne(fleet, site, { before, after })));
  if (findings.length === 0) return review;
  const all = sortFindings([...review.findings, ...findings]);
  const result = all.some(({ severity }) => severity === "error") ? "blocked" : "waiting";
  return { ...review, result, findings: all };
}

async function unborne(
  fleet: Fleet,
  site: SiteId,
  { before, after }: { readonly before: Tree; readonly after: Tree },
): Promise<Finding[]> {
  const path = pathOfSite(site);
  const content = after.get(path);
  if (content === undefined) return [];
  const reading = readControlFile({ path, content }, SiteFile);
  const adopted = reading.kind === "invalid" ? undefined : reading.value.adopted;
  if (reading.kind === "invalid" || adopted === undefined) return [];
  const { value, document } = reading;
  const entries = adoptedEntries(siteFileOf(before, site), value);
  const inventory = await inventoryOf(fleet, site, adopted);
  if (inventory === "silent" || inventory === "unknown") {
    const place = document.placeOfKey(["adopted"]);
    const where = { rule: "adoption.unknown" as const, file: path, place };
    const finding = errorAt(where, unknownText, "that of the newest proposal about drift");
    return [{ ...finding, severity: inventory === "silent" ? "warning" : "error" }];
  }
  return unborneEntries(entries, inventory).map(({ target, live }) => {
    const entry = entries.find((one) => one.target === target);
    const place = document.placeOf(entry?.origin.path ?? ["adopted"]);
    const where = { rule: "adoption.differs" as const, file: path, place };
    return errorAt(where, `${target} is adopted, and the inventory says otherwise`, live);
  });
}

const unknownText = "no signed inventory of this site with this digest is known here";

/**
 * The newest that the site told, one that a pairing or a proposal about drift kept, or what it says
 * when it is asked. `silent` where it does not say: it may have it.
 */
async function inventoryOf(
  fleet: Fleet,
  site: SiteId,
  digest: Digest,
): Promise<Inventory | "silent" | "unknown"> {
  const known = (await newestOf(fleet, site, digest)) ?? (await fleet.log.text(digest));
  if (known === null && (await inventoryNow(fleet, site)) === null) return "silent";
  const text = known ?? (await newestOf(fleet, site, digest));
  return (text === null ? null : inventoryIn(text)) ?? "unknown";
}

async function newestOf(fleet: Fleet, site: SiteId, digest: Digest): Promise<string | null> {
  const newest = await fleet.store.inventory(fleet.repository.id, site);
  return newest?.digest === digest ? newest.text : null;
}
