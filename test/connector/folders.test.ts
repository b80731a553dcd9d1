/** WordPress in a folder below the web root: as a whole site, and core alone ("its own directory"). */
import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { planText, update } from "../support/connector-plan.ts";
import {
  type ConnectorSite,
  describeNative,
  frontPage,
  pluginVersionOnDisk,
  startSite,
  statusOf,
  storageOf,
} from "../support/connector-site.ts";

const FOLDER = "blog";

/** Moves all of WordPress into a folder, and says where its pages and its files then are. */
async function moveInto(site: ConnectorSite, home: "root" | "folder"): Promise<ConnectorSite> {
  const dir = path.join(site.dir, FOLDER);
  mkdirSync(dir);
  for (const name of readdirSync(site.dir)) {
    if (name !== FOLDER) renameSync(path.join(site.dir, name), path.join(dir, name));
  }
  const load = (name: string) => `<?php require __DIR__ . '/${FOLDER}/${name}';\n`;
  // What the command line of these tests loads, and what WordPress's own manual puts at the root.
  writeFileSync(path.join(site.dir, "wp-load.php"), load("wp-load.php"));
  if (home === "root") {
    const themed = `<?php define( 'WP_USE_THEMES', true );\n`;
    const index = load("wp-blog-header.php").replace("<?php ", themed);
    writeFileSync(path.join(site.dir, "index.php"), index);
  }
  const siteUrl = `${site.url}/${FOLDER}`;
  const url = home === "root" ? site.url : siteUrl;
  await site.runPhp(`update_option( 'home', '${url}' ); update_option( 'siteurl', '${siteUrl}' );`);
  return { ...site, dir, url };
}

describeNative.each(["root", "folder"] as const)("with its pages at the %s", (home) => {
  let packages: PackageServer;
  let whole: ConnectorSite;
  let site: ConnectorSite;
  let cp: ControlPlane;
  beforeAll(async () => {
    packages = await startPackageServer();
    whole = await startSite({ packageOrigin: packages.origin, permalinks: "plain" });
    site = await moveInto(whole, home);
    cp = new ControlPlane(site);
    await cp.pair();
  }, 240_000);
  afterAll(async () => {
    await whole?.close();
    await packages?.close();
  }, 60_000);

  it("updates, and puts back what breaks", async () => {
    expect([await statusOf(`${site.url}/wp-login.php`), await frontPage(site)]).toEqual([
      home === "root" ? 301 : 200,
      "200 1.0",
    ]);
    const forward = await cp.run(planText([update(packages, "1.0", "1.1")]));
    expect([forward.claims.out, await frontPage(site)]).toEqual(["applied", "200 1.1"]);
    const broken = await cp.run(planText([update(packages, "1.1", "1.3")]));
    expect([broken.claims.out, pluginVersionOnDisk(site)]).toEqual(["rolled_back", "1.1"]);
    expect(await frontPage(site)).toBe("200 1.1");
  }, 120_000);

  it("keeps its own folder outside of everything that is served", async () => {
    expect(path.dirname(storageOf(whole))).toBe(path.dirname(whole.dir));
    const { detail } = await cp.readiness(planText([update(packages, "1.1", "1.0")]));
    const items = detail["items"] as { id: string; level: string }[];
    expect(items.find(({ id }) => id === "loopback")?.level).toBe("proved");
  }, 60_000);
});
