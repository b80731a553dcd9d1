/** The proposal about drift: what sites run, what is desired, and both ways from here. */
import type { Difference } from "../domain/drift.ts";
import { code, counted } from "./markdown.ts";

export interface DriftedSite {
  readonly site: string;
  readonly inventory: string;
  readonly differences: readonly Difference[];
  readonly unmanaged: number;
  /** Files changed under an unchanged version. */
  readonly filesChanged: boolean;
}

export const driftTitle = (sites: readonly DriftedSite[]): string =>
  `Adopt or restore: drift on ${counted(sites.length, "site")}`;

const mostRows = 200;

function touchWords(touched: Difference["touched"]): string {
  if (touched === null) return "";
  const who = touched.by === 0 ? "nobody who was logged in" : `user ${touched.by}`;
  return `${new Date(touched.at * 1000).toISOString().slice(0, 16)}Z by ${who}`;
}

export function driftBody(sites: readonly DriftedSite[]): string {
  const all = sites.flatMap(({ site, differences, inventory, filesChanged }) => [
    ...differences.map(
      ({ target, live, wanted, edit, touched }) =>
        `| ${code(site)} | ${code(target)} | ${code(live)}${edit === null ? ", cannot be adopted" : ""} | ${code(wanted)} | ${touchWords(touched)} |`,
    ),
    ...(filesChanged
      ? [`| ${code(site)} | files under an unchanged version | ${code(inventory)} | as before | |`]
      : []),
  ]);
  const rows = all.slice(0, mostRows);
  const rest = all.length - rows.length;
  const unmanaged = sites.reduce((sum, one) => sum + one.unmanaged, 0);
  return [
    "These sites run something else than the branch wants, as their signed inventories say. Nobody proposed it here. Who changed it there is the site's own word, where it knows; accounts are numbers of that site.",
    `| site | what | runs | desired | changed there |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}`,
    ...(rest > 0 ? [`And ${rest} more: ${code("countersign drift")} on a clone lists them.`] : []),
    "**Adopt what is live**: merge. The files then say what the sites run; nothing is sent to any site.",
    "**Restore what is desired**: adopt first, so that the branch tells the truth, and then propose the desired value again. That proposal is planned, reviewed and undone like any other change. A difference whose lines are taken out of this proposal stays drift, and is proposed again on another day.",
    `Not managed, and left alone: ${counted(unmanaged, "plugin or theme", "plugins and themes")}.`,
  ].join("\n\n");
}
