/** The built bundle and a real WordPress: no server, and nothing between the two but their messages. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fleet } from "../../sandbox/wordpress/fleet.ts";
import { mustEnd, openRevert, pairAll, type Runs, runsOf } from "../support/action-fleet.ts";
import { startRunner } from "../support/action-run.ts";
import { startSites } from "../support/world-sites.ts";

const root = path.resolve(import.meta.dirname, "../..");
const plugin = "hello-countersign";
let wordpress: Fleet;
let fleet: Runs;
beforeAll(async () => {
  const runner = await startRunner({
    sites: async (packages) => {
      wordpress = await startSites({
        sites: [
          {
            id: "shop",
            plugins: packages.filesOf(plugin, "1.0"),
            activePlugins: [`${plugin}/${plugin}.php`],
          },
        ],
        connectorDir: path.join(root, "connector"),
        packageOrigin: packages.origin,
      });
      return { shop: shop().url };
    },
  });
  fleet = runsOf(runner);
  await pairAll(fleet, new Map([["shop", { url: shop().url, paste }]]));
});
afterAll(async () => {
  await fleet.close();
  await wordpress.close();
});

const shop = () => wordpress.sites[0]!;
const main = () =>
  readFileSync(path.join(shop().dir, "wp-content/plugins", plugin, `${plugin}.php`), "utf8");
const versionOnDisk = () => /Version: (\S+)/u.exec(main())?.[1];
const page = async () => {
  const answer = await fetch(`${shop().url}/`);
  return { status: answer.status, text: await answer.text() };
};

/** As the site's administrator does in a shell; the token goes to GitHub by hand. */
async function paste(string: string): Promise<string> {
  const { stdout, stderr } = await shop().cli(["countersign", "pair", string]);
  const token = /^\/countersign pair shop (\S+)$/mu.exec(stdout)?.[1];
  if (token === undefined) throw new Error(`no token: ${stderr}${stdout}`);
  return token;
}

describe("a real site that only runs look after", () => {
  it("is paired, and runs what was merged", async () => {
    const pull = await fleet.propose({ shop: "1.1" });
    await fleet.merge(pull);
    const done = mustEnd(await fleet.as("apply", "push"));
    expect(done.summary).toContain("shop: **applied**");
    expect(versionOnDisk()).toBe("1.1");
    const { status, text } = await page();
    expect({ status, isNew: text.includes(`<!-- ${plugin} 1.1 -->`) }).toEqual({
      status: 200,
      isNew: true,
    });
  });
  it("takes a fatal version back by itself, and the run says so and opens the way back", async () => {
    const pull = await fleet.propose({ shop: "1.2" });
    await fleet.merge(pull);
    const done = await fleet.as("apply", "push");
    expect(done, done.log).toMatchObject({ code: 1 });
    expect(done.log).toContain("::error::shop: rolled_back");
    expect((await fleet.of("receipt")).at(-1)).toMatchObject({ out: "rolled_back" });
    expect(versionOnDisk()).toBe("1.1");
    expect((await page()).status).toBe(200);
    expect((await fleet.people.checks(await openRevert(fleet))).size).toBe(3);
  });
});
