/** Evidence that is not this site's own answer to this very question, now, is no evidence. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Message, SiteAnswer } from "../../src/workflow/ports.ts";
import { review } from "../../src/workflow/review.ts";
import { World } from "../support/fleet-world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
});
afterEach(() => world.close());

type Forging = (
  message: Message,
  ask: (site: string) => Promise<SiteAnswer>,
) => Promise<SiteAnswer>;

/** Stands between the control plane and `shop`. */
function between(forge: Forging): void {
  const { sites } = world.fleet;
  const post: typeof sites.post = (url, message, ...reach) => {
    const ask = (site: string) => sites.post(`https://${site}.example`, message, ...reach);
    return url === "https://shop.example" ? forge(message, ask) : ask("blog");
  };
  world.fleet = { ...world.fleet, sites: { ...sites, post } };
}
const rollback = () =>
  world.forge.checks.get(`${world.forge.pulls.get(7)!.head} countersign/rollback`);

const bodyOf = (answer: SiteAnswer): Message => {
  if (answer.kind !== "answered" || answer.body === null) throw new Error("no answer");
  return answer.body;
};
const answered = (body: Message): SiteAnswer => ({ kind: "answered", status: 200, body });
const altered = (token: string, part: number, text: (old: string) => string): string =>
  token
    .split(".")
    .map((old, at) => (at === part ? text(old) : old))
    .join(".");
const otherStart = (text: string) => `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;

describe("evidence about the live state", () => {
  it.each<[string, Forging]>([
    [
      "whose signature is another",
      async (_, ask) => {
        const body = bodyOf(await ask("shop"));
        return answered({ ...body, token: altered(body.token, 2, otherStart) });
      },
    ],
    [
      "whose claims were changed",
      async (_, ask) => {
        const body = bodyOf(await ask("shop"));
        return answered({
          ...body,
          token: altered(body.token, 1, (old) => `${old.slice(0, -1)}A`),
        });
      },
    ],
    [
      "beside whose token another text stands",
      async (_, ask) => {
        const body = bodyOf(await ask("shop"));
        const detail = String(body["detail"]).replace("proved", "failed");
        return answered({ ...body, detail });
      },
    ],
    [
      "that was signed so long ago that it has expired",
      async (_, ask) => {
        const answer = await ask("shop");
        world.wait(121);
        return answer;
      },
    ],
    [
      "that was signed by a clock that is ahead",
      async (_, ask) => {
        const answer = await ask("shop");
        world.clock.seconds -= 31;
        return answer;
      },
    ],
  ])("%s waits, names the site, and is not put on record", async (_, forge) => {
    between(forge);
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    expect(rollback()).toMatchObject({ result: "waiting" });
    expect(rollback()?.title).toMatch(/^0 of 1 ready\. shop: no evidence/u);
    expect(world.entries("readiness.shown")).toEqual([]);
    // Nothing was wrong but that answer.
    await world.close();
    world = await World.open({ sites: ["shop", "blog"] });
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    expect(rollback()).toMatchObject({ result: "passed" });
  });

  it("that is another site's, however genuine, waits", async () => {
    const blogs: SiteAnswer[] = [];
    const { sites } = world.fleet;
    const post: typeof sites.post = async (url, message, ...reach) => {
      const answer = await sites.post(url, message, ...reach);
      if (url === "https://blog.example") blogs.push(answer);
      return url === "https://shop.example" ? (blogs.at(-1) ?? answer) : answer;
    };
    world.fleet = { ...world.fleet, sites: { ...sites, post } };
    await world.propose(6, { shop: "1.0", blog: "1.1" });
    expect(blogs).toHaveLength(1);
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    expect(rollback()?.title).toContain("answered 200 with nothing that verifies");
  });

  it("that answered an earlier question waits, though it is young and its own", async () => {
    const kept: SiteAnswer[] = [];
    between(async (_, ask) => {
      kept.push(await ask("shop"));
      return kept[0]!;
    });
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    expect(rollback()).toMatchObject({ result: "passed" });
    world.fleet.evidence.clear();
    await review(world.fleet, 7);
    expect(kept).toHaveLength(2);
    expect(rollback()).toMatchObject({ result: "waiting" });
    expect(rollback()?.title).toContain("answered with evidence for another question");
  });
});
