/** The policy review's part about site keys: every one that a proposal brings is held against the log. */
import { pathOfSite } from "../contract/control-repository.ts";
import { readControlFile } from "../contract/control-file.ts";
import { errorAt, type Finding, sortFindings } from "../contract/finding.ts";
import { SiteFile } from "../contract/site-file.ts";
import type { History } from "../domain/history.ts";
import { isProved } from "../domain/proved-pins.ts";
import type { PackageReview } from "./check-packages.ts";
import type { Planned } from "./planning.ts";

/** The review with what is wrong about keys: an error that no right overrides. */
export function withPairings(
  review: PackageReview,
  planning: Pick<Planned, "plan" | "after">,
  history: History,
): PackageReview {
  const findings = unprovedPins(planning, history);
  if (findings.length === 0) return review;
  const all = sortFindings([...review.findings, ...findings]);
  return { ...review, result: "blocked", findings: all };
}

function unprovedPins(
  { plan, after }: Pick<Planned, "plan" | "after">,
  history: History,
): Finding[] {
  return plan.changes.flatMap(({ kind, site }) => {
    if (kind !== "connector.pair" || site === null) return [];
    const path = pathOfSite(site);
    const content = after.get(path);
    if (content === undefined) return [];
    const reading = readControlFile({ path, content }, SiteFile);
    if (reading.kind === "invalid") return [];
    const { connector } = reading.value;
    if (connector === undefined || isProved(history, site, connector)) return [];
    const place = reading.document.placeOfKey(["connector"]);
    const message = "no pairing on record bears this key out: no right overrides that";
    const where = { rule: "pairing.unproved" as const, file: path, place };
    const finding = errorAt(where, message, "the lines of the pairing proposal, unchanged");
    return [{ ...finding, command: `countersign pair ${site}` }];
  });
}
