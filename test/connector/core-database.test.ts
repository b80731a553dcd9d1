/** A core update that upgrades the database, and then does not work. Native PHP only. */
import { readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  corePackage,
  corePlan,
  coreVersion,
  labelled,
  VERSION_FILE,
  withoutAssets,
} from "../support/connector-core.ts";
import { ControlPlane, type Opened } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import {
  type ConnectorSite,
  describeNative,
  frontPage,
  runStubBeforeCore,
  setConstants,
  startSite,
  storageOf,
  patience,
} from "../support/connector-site.ts";

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;
let plans = 0;

/** Adds a table and rewrites a row, as database upgrades do. */
const migrating = (text: string): string =>
  text.replace(
    "function upgrade_all() {",
    `function upgrade_all() {
      $GLOBALS['wpdb']->query( "CREATE TABLE {$GLOBALS['wpdb']->prefix}newer ( id bigint(20) NOT NULL, PRIMARY KEY (id) )" );
      $GLOBALS['wpdb']->query( "UPDATE {$GLOBALS['wpdb']->posts} SET post_title = 'rewritten' WHERE ID = 1" );
      $GLOBALS['wpdb']->query( "DELETE FROM {$GLOBALS['wpdb']->comments}" );`,
  );
/** Works for the database upgrade alone. */
const dying = (text: string): string =>
  `${text}\nif ( ! defined( 'WP_INSTALLING' ) ) { wordpress_missing_function(); }\n`;

const BROKEN = {
  [VERSION_FILE]: labelled("7.1.2", 99_998),
  "wp-admin/includes/upgrade.php": migrating,
  "wp-includes/default-filters.php": dying,
};
const WORKING = {
  [VERSION_FILE]: BROKEN[VERSION_FILE],
  "wp-admin/includes/upgrade.php": migrating,
};

/** A plan nobody has run. */
const updating = (edits: Parameters<typeof corePackage>[2]): string =>
  corePlan(packages, ["7.1.1", "7.1.2"], corePackage(site, "7.1.2", edits), {
    volatile: [`nothing/${plans++}`],
  });

/** Title of a post, number of comments, database version, and whether the new table is there. */
const rows = async (): Promise<string> =>
  await site.runPhp(
    `global $wpdb; echo implode( ' ', array( get_post( 1 )->post_title, $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->comments" ), get_option( 'db_version' ), implode( ',', $wpdb->get_col( "SHOW TABLES LIKE '%newer'" ) ) ) );`,
  );
/** Copies that outlive their action. */
const leftovers = async (): Promise<string> => {
  const points = readdirSync(path.join(storageOf(site), "points"), { recursive: true });
  const tables = await site.runPhp(
    `echo implode( ' ', $GLOBALS['wpdb']->get_col( "SHOW TABLES LIKE '%countersign_shadow%'" ) );`,
  );
  return points.filter((name) => String(name).endsWith(".sqlite")).join(" ") + tables;
};

async function outcome(sub: string): Promise<Opened<"receipt">> {
  for (let tries = 0; tries < 240; tries++) {
    const answer = await cp.post(await cp.query("outcome", sub)).catch(() => undefined);
    if (answer?.body["detail"]?.includes('"steps"') === true) return cp.open("receipt", answer);
    await sleep(250);
  }
  throw new Error("there is no receipt");
}

/** Delivers the update and ends its process when the new version has just shown itself broken. */
async function dieAfterTheUpgrade(): Promise<string> {
  const plan = updating(BROKEN);
  const signed = cp.authorise({ plan, pre: (await cp.readiness(plan)).pre });
  const message = await cp.message(signed);
  setConstants(site, { COUNTERSIGN_FAILPOINT: "swapped" });
  await cp.post(message).catch(() => undefined);
  setConstants(site, {});
  passDeadline();
  return signed.sub;
}

/** As if the time of the step that died had passed. */
function passDeadline(): void {
  const folder = path.join(storageOf(site), "journal");
  const [name = ""] = readdirSync(folder);
  renameSync(path.join(folder, name), path.join(folder, name.replace(/\d+$/u, "1")));
}

describeNative("a core update whose database upgrade has run", () => {
  let before = "";
  beforeAll(async () => {
    packages = await startPackageServer();
    const constants = { COUNTERSIGN_STEP_SECONDS: 120 };
    site = await startSite({ packageOrigin: packages.origin, constants });
    withoutAssets(site);
    cp = new ControlPlane(site);
    await cp.pair();
    runStubBeforeCore(site);
    before = await rows();
  }, patience(240_000));
  afterAll(async () => {
    await site?.close();
    await packages?.close();
  }, patience(60_000));

  it(
    "brings the database back with the files, from a copy made while the site was closed",
    async () => {
      const { claims, detail } = await cp.run(updating(BROKEN));
      expect([claims.out, detail["note"]]).toEqual(["rolled_back", "unhealthy"]);
      expect(coreVersion(site)).toBe("7.1.1");
      expect(await rows()).toBe(before);
      expect(await leftovers()).toBe("");
      expect(await frontPage(site)).toBe("200 1.0");
    },
    patience(240_000),
  );

  it(
    "brings it back as well when the process was killed",
    async () => {
      const sub = await dieAfterTheUpgrade();
      const { claims } = await outcome(sub);
      expect([claims.out, coreVersion(site)]).toEqual(["self_healed", "7.1.1"]);
      expect(await rows()).toBe(before);
      expect(await leftovers()).toBe("");
      await site.restart();
    },
    patience(240_000),
  );

  it(
    "leaves the database alone when visitors may have been here since",
    async () => {
      const sub = await dieAfterTheUpgrade();
      rmSync(path.join(site.dir, ".maintenance"));
      const { claims } = await outcome(sub);
      expect(coreVersion(site)).toBe("7.1.1");
      expect(claims.out).toBe("self_healed");
      expect(await rows()).toMatch(/^rewritten 0 \d+ wp_newer$/u);
      expect(await leftovers()).toBe("");
      await site.restart();
      await site.runPhp(
        `global $wpdb; $wpdb->query( "DROP TABLE {$wpdb->prefix}newer" ); wp_update_post( array( 'ID' => 1, 'post_title' => 'Hello world!' ) );`,
      );
      before = await rows();
    },
    patience(240_000),
  );

  it(
    "says that files alone are back where no copy fits",
    async () => {
      setConstants(site, { COUNTERSIGN_DATABASE_COPY_BYTES: 0 });
      const { claims } = await cp.run(updating(BROKEN));
      setConstants(site, {});
      expect([claims.out, coreVersion(site)]).toEqual(["rolled_back_files_only", "7.1.1"]);
      expect(await rows()).toMatch(/^rewritten 0 \d+ wp_newer$/u);
    },
    patience(240_000),
  );

  it(
    "says later what stays, when it is taken back as a whole",
    async () => {
      await site.runPhp(`global $wpdb; $wpdb->query( "DROP TABLE {$wpdb->prefix}newer" );`);
      const plan = updating(WORKING);
      expect((await cp.run(plan)).claims.out).toBe("applied");
      expect(await leftovers()).toBe("");
      const { claims, detail } = await cp.run(plan, { mode: "rollback" });
      expect([claims.out, detail["note"]]).toEqual(["applied", "data_stays"]);
      expect(coreVersion(site)).toBe("7.1.1");
      expect(await rows()).toMatch(/^rewritten 0 99998 wp_newer$/u);
    },
    patience(240_000),
  );
});
