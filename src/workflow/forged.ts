/** Counts messages in a site's name that do not verify, as long as this process lives. */
import { oneMore } from "../domain/forged.ts";
import type { Fleet, PairedSite } from "./fleet.ts";

export function noteForged({ forged, clock }: Fleet, { site }: Pick<PairedSite, "site">): void {
  forged.set(site, oneMore(forged.get(site), clock.now()));
}
