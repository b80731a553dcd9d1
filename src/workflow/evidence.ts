/**
 * The answer to a message that the site took along with an ack: sent by the site itself, since it
 * cannot be asked from here. It answers exactly one token that left, or it is refused.
 */
import type { SiteId } from "../contract/ids.ts";
import { concludePulled } from "./deliver.ts";
import { type Evidence, readEvidence } from "./ask.ts";
import { type MessageHandler, refusedFor } from "./door.ts";
import { type Fleet, type PairedSite } from "./fleet.ts";
import { noteForged } from "./forged.ts";
import { senderOf } from "./heartbeat.ts";
import { takeInventory } from "./inventories.ts";
import { greetedUnder } from "./keysets.ts";
import { readinessIn } from "./readiness-answer.ts";
import type { Job, Question } from "./store-port.ts";
import { noteHead } from "./witness.ts";
import { intervalOf } from "../domain/heartbeat.ts";

export const evidence: MessageHandler = async (fleet, message) => {
  const site = await senderOf(fleet, message.token);
  if (site === null) return refusedFor("no paired site");
  const read = readEvidence(fleet, site, message);
  if (read === null) {
    noteForged(fleet, site);
    return refusedFor("evidence");
  }
  const { id: repo } = fleet.repository;
  const question = await fleet.store.takeQuestion(repo, site.site, read.claims.re);
  const accepted = { kind: "accepted", answer: {} } as const;
  if (question !== null) {
    await noteHead(fleet, site, read.claims);
    return { ...accepted, jobs: await answered(fleet, site, { question, read }) };
  }
  const sub = subOfToken(fleet, site.site, read.claims.re);
  const next = sub === null ? undefined : fleet.log.history.authorisations.get(sub);
  if (next === undefined) return refusedFor("answers nothing that was asked");
  await noteHead(fleet, site, read.claims);
  await concludePulled(fleet, next, { claims: read.claims, asked: false });
  return { ...accepted, jobs: [deliverJob(fleet, site.site)] };
};

async function answered(
  fleet: Fleet,
  paired: PairedSite,
  { question, read }: { readonly question: Question; readonly read: Evidence },
): Promise<readonly Job[]> {
  const { site } = paired;
  const runAt = fleet.clock.now();
  switch (question.ask) {
    case "readiness":
      await keepReadiness(fleet, site, { plan: question.arg, read });
      return [{ kind: "sweep", key: "", runAt }];
    case "inventory":
      if (read.claims.ans !== "inventory") return [];
      await takeInventory(fleet, site, {
        digest: read.claims.det,
        text: read.detail,
        arg: question.arg,
      });
      return [];
    case "outcome": {
      const next = [...fleet.log.history.authorisations.values()].find(
        ({ entry }) => entry.sub === question.arg && entry.site === site,
      );
      if (next !== undefined) {
        await concludePulled(fleet, next, { claims: read.claims, asked: true });
      }
      return [deliverJob(fleet, site)];
    }
    case "hello":
      if (read.claims.ans === "hello") await greetedUnder(fleet, paired, question.arg);
      return [];
    case "rehearse":
      return [];
  }
}

/** Believed until the site had two chances to be asked again. */
async function keepReadiness(
  fleet: Fleet,
  site: SiteId,
  { plan, read }: { readonly plan: string; readonly read: Evidence },
): Promise<void> {
  const beat = await fleet.store.beat(fleet.repository.id, site);
  const forSeconds = beat === null ? 0 : 2 * intervalOf(beat);
  const found = readinessIn(read);
  fleet.evidence.set(site, { plan, at: read.claims.iat, forSeconds, ...found });
}

const deliverJob = (fleet: Fleet, site: SiteId): Job => ({
  kind: "deliver",
  key: site,
  runAt: fleet.clock.now(),
});

/** Which action a token carried, by the record of its sending. */
function subOfToken(fleet: Fleet, site: SiteId, digest: string) {
  for (const entry of fleet.log.entries.toReversed()) {
    if (entry.kind === "sent" && entry.token === digest && entry.site === site) return entry.sub;
  }
  return null;
}
