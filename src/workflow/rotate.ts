/** `/countersign rotate <site>`: a new version of the key that this site takes actions from. */
import { SiteId } from "../contract/ids.ts";
import { levelText } from "../render/command-answer.ts";
import { rotateText } from "../render/rotate-answer.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import { orderKeyset } from "./keysets.ts";

/** The right was judged before. Said twice while the first is on its way, it is one order. */
export async function rotate(
  fleet: Fleet,
  target: string | null,
  by: number | null,
): Promise<string> {
  const { data: site } = SiteId.safeParse(target);
  const paired = site === undefined ? null : await pairedSite(fleet, site);
  if (paired === null) return levelText({ kind: "no_such_site", target: target ?? "" });
  const next = await orderKeyset(fleet, paired, by);
  await fleet.log.flush();
  return rotateText(paired.site, next);
}
