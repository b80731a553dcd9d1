/** What has to hold after any number of kills: nothing lost, nothing doubled, all of it on record. */
import { verifyLog } from "../../src/audit/verify-log.ts";
import type { AuditEntry, EntryOf } from "../../src/contract/audit-entry.ts";
import type { World } from "../support/fleet-world.ts";
import type { People } from "./people.ts";

/** A fleet, and what people did to it. */
interface Lane {
  readonly people: People;
  readonly world: World;
}

export interface Reckoning {
  readonly changes: number;
  readonly actions: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly unrecorded: readonly string[];
  readonly log: ReturnType<typeof verifyLog>;
}

export function reckon(lane: Lane): Reckoning {
  const entries = lane.people.entries();
  const authorised = of(entries, "authorised");
  return {
    changes: lane.people.merged.size,
    actions: authorised.length,
    lost: lostIn(lane, entries),
    doubled: doubledIn(lane, entries),
    unrecorded: unrecordedIn(lane, entries),
    log: verify(lane, entries),
  };
}

function of<K extends AuditEntry["kind"]>(entries: readonly AuditEntry[], kind: K): EntryOf<K>[] {
  return entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);
}

/** Whatever was merged has its end at every site, and people were told of it. */
function lostIn({ people, world }: Lane, entries: readonly AuditEntry[]): string[] {
  const receipts = new Set(of(entries, "receipt").map(({ sub }) => sub));
  const lost: string[] = [];
  for (const [pr, sites] of people.merged) {
    const own = of(entries, "authorised").filter((one) => one.pr === pr);
    for (const site of sites) {
      const action = own.find((one) => one.site === site);
      if (action === undefined) lost.push(`#${pr} has no authorisation for ${site}`);
      else if (!receipts.has(action.sub)) lost.push(`${action.sub} of #${pr} has no receipt`);
      else if (!world.forge.deployments.has(action.sub)) lost.push(`${action.sub} was not told`);
    }
    if (world.forge.shown.get(pr)?.text.includes("receipt") !== true)
      lost.push(`#${pr} shows no end`);
  }
  for (const { id, own } of [...world.forge.comments.values()].flat()) {
    const isAnswer = ({ text }: { readonly text: string }) => text.includes(`:answer ${id} -->`);
    if (!own && !world.forge.said.some(isAnswer)) lost.push(`comment ${id} has no answer`);
  }
  const main = world.forge.trees.get(world.forge.branches.get("main")!)!;
  for (const [id, site] of world.sites) {
    const wanted = /version: "([0-9.]+)"/u.exec(String(main.get(`sites/${id}.yml`)))?.[1];
    const runs = site.live.get("plugins/hello")?.version;
    if (runs !== wanted) lost.push(`${id} runs ${String(runs)} where main says ${String(wanted)}`);
  }
  return lost;
}

/** No action ran twice, was authorised twice, or was told twice. */
function doubledIn({ world }: Lane, entries: readonly AuditEntry[]): string[] {
  const authorised = of(entries, "authorised");
  const once: Readonly<Record<string, readonly (string | number)[]>> = {
    ran: [...world.sites.values()].flatMap(({ ran }) => ran),
    authorised: authorised.map(({ sub }) => sub),
    "authorised for": authorised.map(({ pr, site }) => `#${pr} ${site}`),
    receipt: of(entries, "receipt").map(({ sub }) => sub),
    "plan shown": of(entries, "plan.shown").map(({ pr, head, plan }) => `#${pr} ${head} ${plan}`),
    range: of(entries, "range").map(({ to }) => to),
    incident: of(entries, "incident").map(({ issue, phase, sub }) => `${issue} ${phase} ${sub}`),
    issue: [...world.forge.issues.values()].map(({ key }) => key),
    "undone by": [...world.forge.pulls.values()].map(({ headRef }) => headRef),
    "told in": world.forge.said.map(({ issue, text }) => `${issue} ${text}`),
  };
  return Object.entries(once).flatMap(([what, names]) =>
    names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${what} ${name}`),
  );
}

/** A site got no token and gave no receipt of which the log does not tell. */
function unrecordedIn({ world }: Lane, entries: readonly AuditEntry[]): string[] {
  const sent = new Set<string>(of(entries, "sent").map(({ token }) => token));
  const receipts = new Set(of(entries, "receipt").map(({ token }) => token));
  return [...world.sites].flatMap(([id, { tokens, ledger }]) => [
    ...tokens.filter((token) => !sent.has(token)).map((token) => `${id} got ${token}`),
    ...[...ledger]
      .filter(([, { message }]) => !receipts.has(message.token))
      .map(([sub]) => `${id} ran ${sub}`),
  ]);
}

/** The branch as it is, held against its own newest receipts. */
function verify({ world }: Lane, entries: readonly AuditEntry[]): Reckoning["log"] {
  const tiles = [...world.forge.files].filter(([path]) => path.startsWith("tiles/"));
  const [begin] = of(entries, "fleet.bootstrapped");
  return verifyLog({
    repo: world.repo,
    logKey: begin!.log,
    checkpoint: world.forge.files.get("checkpoint") ?? "",
    tiles: tiles.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text),
    against: of(entries, "receipt").map(({ token }) => ({ kind: "receipt", token })),
  });
}
