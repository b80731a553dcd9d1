/** Going back later: as an authorised action, and by hand at the site. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localRestoreIdOf } from "../../src/signing/action-id.ts";
import { SiteId } from "../../src/contract/ids.ts";
import { EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { ControlPlane } from "../support/connector-cp.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";
import { planText, step, update } from "../support/connector-plan.ts";
import { SLUG } from "../support/connector-plugins.ts";
import {
  type ConnectorSite,
  frontPage,
  startSite,
  storageOf,
  itFully,
  patience,
} from "../support/connector-site.ts";

const PLUGIN = `plugins/${SLUG}`;
let packages: PackageServer;
let site: ConnectorSite;
let cp: ControlPlane;

beforeAll(async () => {
  packages = await startPackageServer();
  site = await startSite({ packageOrigin: packages.origin });
  cp = new ControlPlane(site);
  await cp.pair();
}, patience(240_000));
afterAll(async () => {
  await site?.close();
  await packages?.close();
}, patience(60_000));

const restoreByHand = async (id: string): Promise<{ token: string; detail: string }> =>
  JSON.parse(
    await site.runPhp(
      `try { echo json_encode( Countersign\\Action\\Local_Restore::run( Countersign\\State\\Trust::load(), '${id}' ) ); } catch ( RuntimeException $error ) { echo json_encode( array( 'error' => $error->getMessage() ) ); }`,
    ),
  ) as { token: string; detail: string };

describe("mode rollback", () => {
  it(
    "takes a whole plan back: files from the restore point, switches by their inverse",
    async () => {
      await site.runPhp("update_option( 'blogdescription', 'before' );");
      const inverse = { from: "after", kind: "option.set", package: null, to: "before" };
      const back = { from: "inactive", kind: "plugin.activate", package: null, to: "active" };
      const plan = planText([
        step("plugin.deactivate", PLUGIN, { from: "active", to: "inactive", inverse: back }),
        update(packages, "1.0", "1.1"),
        step("option.set", "options/blogdescription", { from: "before", to: "after", inverse }),
      ]);
      const before = await cp.readiness(plan);
      expect((await cp.run(plan, { pre: before.pre })).claims.out).toBe("applied");
      expect(await frontPage(site)).toBe("200 no marker");
      const { claims, detail } = await cp.run(plan, { mode: "rollback" });
      expect([claims.out, claims.mode, claims.post]).toEqual(["applied", "rollback", before.pre]);
      expect(detail["steps"]).toMatchObject([
        { version: "1.0", state: "active" },
        { version: "1.0", state: "active" },
        { state: '"before"' },
      ]);
      expect(await frontPage(site)).toBe("200 1.0");
      const again = await cp.run(plan, { mode: "rollback", attempt: 2 });
      expect(again.claims.out).toBe("already_applied");
    },
    patience(120_000),
  );

  it(
    "says so when there is no restore point",
    async () => {
      const plan = planText([update(packages, "1.0", "1.3")]);
      const { claims } = await cp.run(plan, { mode: "rollback" });
      expect(claims.out).toBe("refused:no_restore_point");
    },
    patience(60_000),
  );

  itFully?.(
    "keeps the last three restore points",
    async () => {
      for (const [from, to] of [
        ["1.0", "1.1"],
        ["1.1", "1.0"],
        ["1.0", "1.1"],
        ["1.1", "1.0"],
      ]) {
        const plan = planText([update(packages, from!, to!)], { volatile: [`${Math.random()}`] });
        expect((await cp.run(plan)).claims.out).toBe("applied");
      }
      expect(readdirSync(path.join(storageOf(site), "points"))).toHaveLength(3);
    },
    patience(120_000),
  );
});

describe("a restore by hand", () => {
  it(
    "is receipted as local_restore, in the same chain",
    async () => {
      const { claims } = await cp.run(planText([update(packages, "1.0", "1.1")]), { attempt: 9 });
      expect(await frontPage(site)).toBe("200 1.1");
      const body = await restoreByHand(claims.sub);
      const receipt = cp.open("receipt", { status: 200, body });
      const rseq = claims.rseq + 1;
      expect(receipt.claims).toMatchObject({
        out: "local_restore",
        mode: "rollback",
        plan: EMPTY_DIGEST,
        re: EMPTY_DIGEST,
        rseq,
        sub: localRestoreIdOf({ rseq, site: SiteId.parse("acme-shop") }),
      });
      expect(receipt.detail["steps"]).toMatchObject([{ target: PLUGIN, version: "1.0" }]);
      expect(receipt.detail["note"]).toBeNull();
      expect(await frontPage(site)).toBe("200 1.0");
    },
    patience(60_000),
  );

  itFully?.(
    "names no file outside the connector's own folder",
    async () => {
      for (const id of ["../points", "", "a".repeat(26)]) {
        expect(await restoreByHand(id)).toMatchObject({
          error: expect.stringContaining("no such"),
        });
      }
    },
    patience(60_000),
  );
});
