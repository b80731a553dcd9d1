/** What people at the site see and may do, and that nothing stays when they remove it. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalText } from "../../src/signing/canonical.ts";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { planText, update } from "../support/connector-plan.ts";
import {
  type ConnectorSite,
  startSite,
  storageOf,
  statusOf,
  patience,
} from "../support/connector-site.ts";

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;
let cookie = "";
let sub = "";

beforeAll(async () => {
  packages = await startPackageServer();
  site = await startSite({ packageOrigin: packages.origin });
  cp = new ControlPlane(site);
  await cp.pair();
  sub = (await cp.run(planText([update(packages, "1.0", "1.1")]))).claims.sub;
  cookie = await logIn();
}, patience(240_000));
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, patience(60_000));

async function logIn(): Promise<string> {
  const form = { log: "admin", pwd: site.password, testcookie: "1", "wp-submit": "Log In" };
  const reply = await fetch(`${site.url}/wp-login.php`, {
    method: "POST",
    headers: { cookie: "wordpress_test_cookie=WP%20Cookie%20check" },
    body: new URLSearchParams(form),
    redirect: "manual",
  });
  await reply.arrayBuffer();
  return reply.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}
async function screen(): Promise<string> {
  const url = `${site.url}/wp-admin/tools.php?page=countersign`;
  return await (await fetch(url, { headers: { cookie } })).text();
}
async function press(action: string, nonce: string, as = cookie): Promise<number> {
  return await statusOf(`${site.url}/wp-admin/admin-post.php`, {
    method: "POST",
    headers: { cookie: as },
    body: new URLSearchParams({ action, _wpnonce: nonce }),
  });
}
const nonceOf = (page: string): string =>
  /name="_wpnonce" value="([0-9a-f]+)"/u.exec(page)?.[1] ?? "";
const lock = async (): Promise<string> =>
  await site.runPhp("echo Countersign\\State\\Own_Lock::reason();");

describe("the admin screen", () => {
  it("shows whom the site believes and what happened", async () => {
    const page = await screen();
    for (const text of ["cp:4217", "site:acme-shop", sub, "applied", "not locked"]) {
      expect(page).toContain(text);
    }
  });

  it("R8: locks and unlocks by nonce and capability only", async () => {
    const nonce = nonceOf(await screen());
    await press("countersign_lock", "0123456789");
    await press("countersign_lock", nonce, "");
    expect(await lock()).toBe("");
    expect(await press("countersign_lock", nonce)).toBe(302);
    expect(await lock()).toBe("by_hand");
    const plan = planText([update(packages, "1.1", "1.0")]);
    const { pre } = await cp.readiness(plan);
    const message = await cp.message(cp.authorise({ plan, pre }));
    expect(cp.open("evidence", await cp.post(message)).claims.why).toBe("locked");
    await press("countersign_unlock", nonceOf(await screen()));
    expect(await lock()).toBe("");
  });

  it("puts the same findings into Site Health", async () => {
    const printed = await site.runPhp(
      `require_once ABSPATH . 'wp-admin/includes/admin.php';
       $result = Countersign\\Admin\\Site_Health::result(); echo $result['status'], ' ', $result['description'];`,
    );
    expect(printed).toMatch(/^good .*files: proved.*stub: proved/su);
  });
});

describe("readiness", () => {
  it("is evidence with its time, and ran a restore drill", async () => {
    const { detail } = await cp.readiness(planText([update(packages, "1.1", "1.0")]));
    const items = detail["items"] as { id: string; level: string; at: number }[];
    const levels = Object.fromEntries(items.map(({ id, level }) => [id, level]));
    expect(levels).toMatchObject({
      loopback: "proved",
      files: "proved",
      disk: "proved",
      lock: "proved",
      restoreDrill: "proved",
      requirements: "proved",
      stub: "proved",
      stubBeforeCore: "failed",
      backup: "unknown",
      previousPackage: "declared",
    });
    expect(items.every(({ at }) => Math.abs(at * 1000 - Date.now()) < 120_000)).toBe(true);
  });
});

/** What WordPress's updater would decide, where it would update by itself. */
const updates = async (): Promise<string> =>
  await site.runPhp(
    `$on = static fn( $type, $item ) => apply_filters( 'auto_update_' . $type, true, (object) $item ) ? 'on' : 'off';
     echo implode( ' ', array(
       $on( 'plugin', array( 'plugin' => 'hello-countersign/hello-countersign.php' ) ),
       $on( 'plugin', array( 'plugin' => 'akismet/akismet.php' ) ),
       $on( 'plugin', array( 'plugin' => 'countersign/countersign.php' ) ),
       $on( 'theme', array( 'theme' => 'twentytwentyfive' ) ),
       $on( 'core', array( 'current' => '7.1.9' ) ),
       $on( 'core', array( 'current' => '7.2' ) ),
     ) );`,
  );
const manage = async (managed: string[], autoPatch = false): Promise<number> => {
  const arg = canonicalText({ autoPatch, managed, volatile: [] });
  return (await cp.post(await cp.query("inventory", arg))).status;
};

describe("automatic updates", () => {
  it("are off for what plans have changed, and as they were for the rest", async () => {
    expect(await updates()).toBe("off on off on on on");
  });

  it("are off for what desired state manages, as a signed query says, until another one does", async () => {
    expect(await manage(["plugins/akismet", "themes/twentytwentyfive"])).toBe(200);
    expect(await updates()).toMatch(/off off off on on$/u);
    await site.runPhp(
      "Countersign\\State\\Facts::set( 'managed', 1, Countersign\\State\\Facts::get( 'managed' )['body'] );",
    );
    expect(await manage(["core"])).toBe(200);
    expect(await updates()).toMatch(/on off on off off$/u);
  });

  it("stay on for security releases with autoPatch, which are then no drift", async () => {
    await site.runPhp("Countersign\\State\\Facts::set( 'managed', 1, '' );");
    expect(await manage(["core"], true)).toBe(200);
    expect(await updates()).toMatch(/on off$/u);
    const done = (from: string, to: string) =>
      site.runPhp(
        `$step = Countersign\\Plan\\Step::of( array( 'from' => '${from}', 'inverse' => null, 'kind' => 'core.update', 'package' => null, 'reversibility' => 'not', 'target' => 'core', 'to' => '${to}' ) );
         echo Countersign\\Change\\Changes::of( $step )->is_done() ? 'done' : 'open';`,
      );
    expect(await done("7.1", "7.1.0")).toBe("done");
    expect(await done("7.1.1", "7.1.0")).toBe("open");
    expect(await done("7.0", "7.2")).toBe("open");
  });

  it("are not learned from a query that is malformed", async () => {
    for (const arg of [
      '{"autoPatch":1,"managed":[],"volatile":[]}',
      '{"autoPatch":true,"managed":["options/blogname"],"volatile":[]}',
      '{"autoPatch":true,"managed":["core","core"],"volatile":[]}',
      '{"autoPatch":true,"managed":["plugins/../x"],"volatile":[]}',
      '{"managed":[],"volatile":[]}',
    ]) {
      expect([arg, (await cp.post(await cp.query("inventory", arg))).status]).toEqual([arg, 401]);
    }
    expect(await updates()).toMatch(/on off$/u);
  });
});

describe("wp countersign", () => {
  it(
    "tells, drills, restores and unlocks",
    async () => {
      expect((await site.cli(["countersign", "status"])).stdout).toMatch(/site +site:acme-shop/u);
      expect((await site.cli(["countersign", "receipts"])).stdout).toContain(`1 ${sub}`);
      expect((await site.cli(["countersign", "drill", "hello-countersign"])).stdout).toContain(
        "Success",
      );
      expect((await site.cli(["countersign", "restore"])).stdout).toContain(sub);
      const restored = await site.cli(["countersign", "restore", sub, "--yes"]);
      expect(restored.stdout).toContain('"version":"1.0"');
      await site.runPhp("Countersign\\State\\Own_Lock::set( 'by_hand' );");
      expect((await site.cli(["countersign", "unlock", "--yes"])).stdout).toContain("Success");
      expect(await lock()).toBe("");
    },
    patience(120_000),
  );
});

describe("deleting the plugin", () => {
  it(
    "R18: leaves no table, option, folder or must-use plugin",
    async () => {
      const storage = storageOf(site);
      const stub = path.join(site.dir, "wp-content/mu-plugins/countersign-stub.php");
      expect([existsSync(storage), existsSync(stub)]).toEqual([true, true]);
      const printed = await site.runPhp(
        `require_once ABSPATH . 'wp-admin/includes/admin.php';
       deactivate_plugins( array( 'countersign/countersign.php' ) );
       delete_plugins( array( 'countersign/countersign.php' ) );
       global $wpdb;
       echo json_encode( array( $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%countersign%' AND option_name NOT LIKE 'hello%'" ), array_values( preg_grep( '/countersign/', $wpdb->get_col( 'SHOW TABLES' ) ) ) ) );`,
      );
      expect(JSON.parse(printed)).toEqual([[], []]);
      expect([existsSync(storage), existsSync(stub)]).toEqual([false, false]);
      expect(readdirSync(path.join(site.dir, "wp-content/plugins"))).not.toContain("countersign");
      expect((await cp.post(await cp.query("hello"))).status).toBe(404);
    },
    patience(60_000),
  );
});
