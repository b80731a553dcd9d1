/**
 * From the oldest WordPress that is supported to the newest, with the database upgrade between them:
 * Debian's package has a real 6.1. On MariaDB, since the SQLite drop-in wants a newer WordPress.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { corePackage, corePlan, coreVersion } from "../support/connector-core.ts";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import {
  type ConnectorSite,
  DATABASE,
  frontPage,
  setConstants,
  startSite,
} from "../support/connector-site.ts";

const CAN_RUN = DATABASE === "mariadb";
const DEBIAN = ["wordpress", "wordpress-theme-twentytwentythree"];

/** The folder of a WordPress 6 from Debian's packages; undefined where there are none. */
function debianWordPress(folder: string): string | undefined {
  const got = spawnSync("apt-get", ["download", ...DEBIAN], { cwd: folder });
  if (got.error !== undefined || got.status !== 0) return undefined;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".deb"))) {
    spawnSync("dpkg", ["-x", name, "."], { cwd: folder });
  }
  const core = path.join(folder, "usr/share/wordpress");
  for (const entry of readdirSync(core, { recursive: true, encoding: "utf8" })) {
    // Links into other packages: pictures, scripts and readers of sound files.
    const file = path.join(core, entry);
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) rmSync(file);
  }
  return core;
}

const folder = mkdtempSync(path.join(tmpdir(), "countersign-oldest-"));
const old = CAN_RUN ? debianWordPress(folder) : undefined;
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(old === undefined)("from WordPress 6.1 to the newest", () => {
  let packages: PackageServer;
  let site: ConnectorSite;
  let cp: ControlPlane;
  let newest: Buffer;
  let broken: Buffer;
  let oldVersion = "";
  let newVersion = "";

  /** Puts the old core in the place of the new one, with a database of its own making. */
  async function goBackInTime(): Promise<void> {
    for (const name of readdirSync(site.dir)) {
      if (name !== "wp-content" && name !== "wp-config.php")
        rmSync(path.join(site.dir, name), { recursive: true });
    }
    for (const name of readdirSync(old ?? "")) {
      if (name === "wp-content" || name === "wp-config.php") continue;
      cpSync(path.join(old ?? "", name), path.join(site.dir, name), { recursive: true });
    }
    const theme = path.join(folder, "var/lib/wordpress/wp-content/themes/twentytwentythree");
    const real = existsSync(path.join(theme, "style.css"))
      ? theme
      : path.join(folder, "usr/share/wordpress/wp-content/themes/twentytwentythree");
    const themes = path.join(site.dir, "wp-content/themes/twentytwentythree");
    cpSync(real, themes, { recursive: true, dereference: true });
    setConstants(site, { WP_INSTALLING: true });
    const printed = await site.runPhp(`
      require_once ABSPATH . 'wp-admin/includes/upgrade.php';
      global $wpdb;
      foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) { $wpdb->query( "DROP TABLE $table" ); }
      wp_cache_flush();
      add_filter( 'pre_http_request', static fn() => new WP_Error( 'installing' ) );
      wp_install( 'Old', 'admin', 'admin@example.test', true, '', 'native-password' );
      foreach ( array( 'home', 'siteurl' ) as $name ) { update_option( $name, '${site.url}' ); }
      require_once ABSPATH . 'wp-admin/includes/plugin.php';
      update_option( 'active_plugins', array( 'countersign/countersign.php', 'hello-countersign/hello-countersign.php' ) );
      switch_theme( 'twentytwentythree' );
      echo 'installed';`);
    setConstants(site, {});
    expect(printed).toMatch(/installed$/u);
  }
  const dbVersion = async (): Promise<string> =>
    await site.runPhp("echo get_option( 'db_version' );");

  beforeAll(async () => {
    packages = await startPackageServer();
    const constants = { COUNTERSIGN_STEP_SECONDS: 120 };
    site = await startSite({ packageOrigin: packages.origin, constants, permalinks: "plain" });
    newVersion = coreVersion(site) ?? "";
    newest = corePackage(site, newVersion, {});
    broken = corePackage(site, newVersion, {
      "wp-includes/default-filters.php": (text) =>
        `${text}\nif ( ! defined( 'WP_INSTALLING' ) ) { wordpress_missing_function(); }\n`,
    });
    await goBackInTime();
    oldVersion = coreVersion(site) ?? "";
    cp = new ControlPlane(site);
    await cp.pair();
  }, 240_000);
  afterAll(async () => {
    await site?.close();
    await packages?.close();
  }, 60_000);

  it("comes back with its database when the newest does not work here", async () => {
    expect(oldVersion).toMatch(/^6\./u);
    expect(await frontPage(site)).toBe("200 1.0");
    const before = await dbVersion();
    const plan = corePlan(packages, [oldVersion, newVersion], broken);
    const { claims, detail } = await cp.run(plan);
    expect([claims.out, detail["note"]]).toEqual(["rolled_back", "unhealthy"]);
    expect([coreVersion(site), await dbVersion()]).toEqual([oldVersion, before]);
    expect(await frontPage(site)).toBe("200 1.0");
  }, 240_000);

  it("runs the newest, with its database upgrade", async () => {
    const before = await dbVersion();
    const plan = corePlan(packages, [oldVersion, newVersion], newest, { volatile: ["again"] });
    const { claims } = await cp.run(plan);
    expect([claims.out, coreVersion(site)]).toEqual(["applied", newVersion]);
    expect(Number(await dbVersion())).toBeGreaterThan(Number(before));
    expect(await frontPage(site)).toBe("200 1.0");
  }, 240_000);
});
