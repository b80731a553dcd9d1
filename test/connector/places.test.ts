/** The same connector where WordPress is set up otherwise. */
import { copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { packageOf, planText, step, update } from "../support/connector-plan.ts";
import {
  type ConnectorSite,
  frontPage,
  pluginVersionOnDisk,
  setConstants,
  startSite,
  storageOf,
  describeFully,
  itFully,
  statusOf,
  patience,
} from "../support/connector-site.ts";
import { zipOf } from "../support/connector-zip.ts";

const WRITER = "writer";
/** A plugin that writes into its own folder on every page. */
const writerCode = (version: string): string =>
  `<?php\n/* Plugin Name: Writer\n * Version: ${version}\n */\nadd_action( 'init', function () { @mkdir( __DIR__ . '/cache' ); file_put_contents( __DIR__ . '/cache/hit', uniqid() ); } );\n`;

let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

beforeAll(async () => {
  packages = await startPackageServer();
  site = await startSite({
    packageOrigin: packages.origin,
    permalinks: "plain",
    plugins: { [`${WRITER}/${WRITER}.php`]: writerCode("1.0") },
  });
  const dropIn = fileURLToPath(new URL("php/object-cache.php", import.meta.url));
  copyFileSync(dropIn, path.join(site.dir, "wp-content/object-cache.php"));
  cp = new ControlPlane(site);
  await cp.pair();
  await site.runPhp(
    `activate_plugin( '${WRITER}/${WRITER}.php' );`.replace(
      "activate_plugin",
      "require_once ABSPATH . 'wp-admin/includes/plugin.php'; activate_plugin",
    ),
  );
}, patience(240_000));
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, patience(60_000));

describe("with plain permalinks and a persistent object cache", () => {
  it(
    "updates, and puts back",
    async () => {
      expect(await site.runPhp("echo wp_using_ext_object_cache() ? 'kept' : 'not kept';")).toBe(
        "kept",
      );
      expect((await cp.run(planText([update(packages, "1.0", "1.1")]))).claims.out).toBe("applied");
      expect((await cp.run(planText([update(packages, "1.1", "1.2")]))).claims.out).toBe(
        "rolled_back",
      );
      expect(await frontPage(site)).toBe("200 1.1");
    },
    patience(120_000),
  );
});

describeFully?.("a plugin that writes into its own folder", () => {
  itFully?.(
    "drifts by itself, unless its site file says what is volatile",
    async () => {
      const bytes = zipOf([{ name: `${WRITER}/${WRITER}.php`, text: writerCode("1.1") }]);
      const pack = packageOf(packages, WRITER, "1.1", bytes);
      const one = step("plugin.update", `plugins/${WRITER}`, {
        from: "1.0",
        to: "1.1",
        package: pack,
      });
      const blind = planText([one]);
      const { pre } = await cp.readiness(blind);
      await statusOf(`${site.url}/`);
      expect((await cp.run(blind, { pre })).claims.out).toBe("refused:drifted");
      const volatile = [`plugins/${WRITER}/cache/**`];
      expect((await cp.run(planText([one], { volatile }))).claims.out).toBe("applied");
    },
    patience(120_000),
  );
});

describe("where no restore point can be kept", () => {
  it(
    "refuses with disk unchanged",
    async () => {
      const points = path.join(storageOf(site), "points");
      renameSync(points, `${points}-away`);
      writeFileSync(points, "in the way");
      const plan = planText([update(packages, "1.1", "1.0")]);
      const { claims } = await cp.run(plan);
      rmSync(points);
      renameSync(`${points}-away`, points);
      expect(claims.out).toBe("refused:no_restore_point");
      expect(pluginVersionOnDisk(site)).toBe("1.1");
    },
    patience(60_000),
  );

  itFully?.(
    "refuses where WordPress may not write by itself",
    async () => {
      setConstants(site, { FS_METHOD: "ftpext" });
      const plan = planText([update(packages, "1.1", "1.0")], { volatile: ["x"] });
      const { claims } = await cp.run(plan);
      setConstants(site, {});
      expect(claims.out).toBe("refused:not_ready");
    },
    patience(60_000),
  );
});
