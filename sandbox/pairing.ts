/**
 * Pairs every site as people do: sam opens the windows, each site's administrator pastes the string
 * into a shell, and others approve the one proposal after comparing the six words.
 */
import { randomBytes } from "node:crypto";
import { readWindow } from "../src/cli/pair.ts";
import { Bytes32, SiteId } from "../src/contract/ids.ts";
import { pairingSigner, writePairingString } from "../src/signing/pairing-text.ts";
import { readingTime, until } from "./until.ts";
import type { World } from "./world.ts";

type Pairing = Pick<World, "github" | "sites" | "people" | "keys">;

export async function pairSites(world: Pairing): Promise<void> {
  const { sites, people } = world;
  const issue = await people.ask<{ number: number }>("sam", "POST", "/issues", {
    title: "Pair the sites",
    body: "Windows for pairings are opened below.",
  });
  const words = await Promise.all(sites.map((site) => pairOne(world, site, issue.number)));
  const pull = await until("the pairing proposal is open", async () => {
    const pulls = await people.ask<{ number: number; head: { ref: string } }[]>(
      "ada",
      "GET",
      "/pulls?state=open",
    );
    return pulls.find(({ head }) => head.ref.startsWith("countersign/pairing-"))?.number;
  });
  await until("the proposal shows every site's six words", async () => {
    const text = (await people.comments(pull)).join("\n");
    return words.every((six) => text.includes(six));
  });
  await until("the pairing is planned", async () => (await people.checks(pull)).size === 3);
  await readingTime();
  let approvedAt = Number.NEGATIVE_INFINITY;
  await until("the pairing is approved", async () => {
    // One that came before the plan was on record does not count: the check says so, and people approve again.
    if (performance.now() > approvedAt + 10_000) {
      for (const who of ["olivia", "sven"] as const) await people.approve(who, pull);
      approvedAt = performance.now();
    }
    const checks = [...(await people.checks(pull)).values()];
    return checks.length === 3 && checks.every(({ conclusion }) => conclusion === "success");
  });
  const merged = await people.merge("ada", pull);
  if (merged.status !== 200) throw new Error(`The pairing could not be merged: ${merged.message}`);
  await until("the pairing is on record", async () => {
    const log = await people.file("tiles/000/000.jsonl", "countersign/audit");
    return sites.every(({ id }) => log.includes(`"kind":"pairing","pr":${pull},"site":"${id}"`));
  });
}

/** @returns the six words on the administrator's screen */
async function pairOne(
  { github, people, keys }: Pairing,
  site: World["sites"][number],
  issue: number,
): Promise<string> {
  const secret = randomBytes(16);
  const { x } = pairingSigner(secret, `site:${site.id}`);
  const id = await people.say("sam", issue, `/countersign pair ${site.id} ${x}`);
  const answer = await until(`the window for ${site.id} is open`, async () =>
    (await people.comments(issue)).find((body) => body.includes(`countersign:answer ${id} `)),
  );
  const window = readWindow(answer, {
    repo: github.repoId,
    site: SiteId.parse(site.id),
    log: Bytes32.parse(keys.logKey),
  });
  if (window === null) throw new Error(`No window for ${site.id}: ${answer}`);
  const { offer, url } = window;
  const s = secret.toString("base64url");
  const string = writePairingString({ ...offer, home: site.url, s, url });
  const done = await site.cli(["countersign", "pair", string]);
  if (done.code !== 0) throw new Error(`${site.id} was not paired: ${done.stderr}${done.stdout}`);
  const [six] = /^[a-z]+( [a-z]+){5}$/mu.exec(done.stdout) ?? [];
  if (six === undefined) throw new Error(`${site.id} shows no six words: ${done.stdout}`);
  return six;
}
