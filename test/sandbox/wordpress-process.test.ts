import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Fleet, type SandboxSite, startWordPress } from "../../sandbox/wordpress/fleet.ts";
import { withLock } from "../../sandbox/wordpress/folder-lock.ts";

const FLEET_MODULE = new URL("../../sandbox/wordpress/fleet.ts", import.meta.url).href;

let fleet: Fleet;
let site: SandboxSite;
let work: string;

beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), "wordpress-process-test-"));
  vi.stubEnv("TMPDIR", work);
  fleet = await startWordPress({ sites: [{ id: "solo" }] });
  site = fleet.sites[0]!;
});
afterAll(async () => {
  await fleet?.close();
  vi.unstubAllEnvs();
  rmSync(work, { recursive: true, force: true });
});

const fetchError = (url: string) =>
  fetch(url).then(
    (response) => `answered ${response.status}`,
    (error: Error) => (error.cause as { code?: string }).code,
  );

/** Processes of this machine that have the given text in their command line or open files. */
function processesOf(folder: string): string[] {
  const listed = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
  return listed
    .filter((line) => line.includes("site-process.ts"))
    .map((line) => line.trim().split(" ")[0]!)
    .filter((pid) => {
      try {
        const log = execFileSync("readlink", [`/proc/${pid}/fd/1`], { encoding: "utf8" });
        return log.startsWith(folder);
      } catch {
        return false;
      }
    });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !condition(); tries++) await sleep(100);
  expect(condition()).toBe(true);
}

describe("the process of a sandbox site", () => {
  it("dies at once by SIGKILL, in the middle of a request, and comes back at the same address", async () => {
    const root = path.resolve(site.dir, "../..");
    expect(processesOf(root)).toHaveLength(1);
    const running = site
      .runPhp(
        "update_option( 'before_kill', 'kept' ); touch( ABSPATH . 'in-the-middle' ); sleep( 60 );",
      )
      .catch((error: Error) => error);
    await until(() => existsSync(path.join(site.dir, "in-the-middle")));
    const answer = fetchError(`${site.url}/`);
    await sleep(100);
    await site.kill("SIGKILL");
    expect(String(await running)).toContain("is not running");
    expect(await answer).toMatch(/UND_ERR_SOCKET|ECONNRESET/);
    expect(await fetchError(site.url)).toBe("ECONNREFUSED");
    expect(processesOf(root)).toEqual([]);
    await expect(site.runPhp("echo 1;")).rejects.toThrow("Call restart()");

    const url = site.url;
    await site.restart();
    expect(site.url).toBe(url);
    expect(await site.runPhp("echo get_option( 'before_kill' );")).toBe("kept");
    expect((await fetch(site.url)).status).toBe(200);
  });

  it("runs beside another fleet's, and closing that one leaves it alone", async () => {
    const other = await startWordPress({ sites: [{ id: "solo" }] });
    const twin = other.sites[0]!;
    expect(twin.url).not.toBe(site.url);
    expect((await fetch(twin.url)).status).toBe(200);
    await other.close();
    expect(await fetchError(twin.url)).toBe("ECONNREFUSED");
    expect(existsSync(path.resolve(twin.dir, "../../.."))).toBe(false);
    expect((await fetch(site.url)).status).toBe(200);
  });

  it.each([
    ["idle", "0;"],
    ["in an endless loop", "while ( true ) {}"],
  ])("ends with its starter even while PHP is %s, and takes its files along", async (_, php) => {
    const starter = path.join(work, "starter.mjs");
    writeFileSync(
      starter,
      `const { startWordPress } = await import(${JSON.stringify(FLEET_MODULE)});
       const { sites } = await startWordPress({ sites: [{ id: "orphan" }] });
       sites[0].runPhp(${JSON.stringify(php)}).catch(() => {});
       setTimeout(() => process.send(sites[0].dir), 1500);`,
    );
    const child = fork(starter, { execArgv: [] });
    const [dir] = (await once(child, "message")) as [string];
    const fleetFolder = path.resolve(dir, "../../..");
    expect(processesOf(fleetFolder)).toHaveLength(1);
    child.kill("SIGKILL");
    await until(() => processesOf(fleetFolder).length === 0 && !existsSync(fleetFolder));
  });

  it("does not stay when a site cannot start: nothing runs, nothing is left", async () => {
    expect(tmpdir()).toBe(work);
    const leftovers = () => readdirSync(work);
    const before = leftovers();
    const broken = startWordPress({
      sites: [{ id: "fine" }, { id: "broken", activePlugins: ["nobody/nobody.php"] }],
    });
    await expect(broken).rejects.toThrow(/nobody\/nobody\.php: Plugin file does not exist/);
    expect(leftovers()).toEqual(before);
  });

  it.each([
    [{ sites: [{ id: "../up" }] }, "cannot be the id"],
    [{ sites: [{ id: "a", plugins: { "../../x.php": "" } }] }, "outside wp-content/plugins"],
    [{ sites: [{ id: "a" }], connectorDir: "/nowhere" }, "/nowhere holds no countersign.php"],
  ])("is refused for %j", async (options, reason) => {
    await expect(startWordPress(options)).rejects.toThrow(reason);
  });
});

describe("withLock", () => {
  const lockFile = () => path.join(work, "locks", "one.lock");

  it("lets one in at a time, and the next one when the first has failed", async () => {
    const order: string[] = [];
    const { promise: inside, resolve: enter } = Promise.withResolvers<void>();
    const first = withLock(lockFile(), async () => {
      order.push("first in");
      enter();
      await sleep(300);
      order.push("first out");
      throw new Error("first failed");
    });
    await inside;
    const second = withLock(lockFile(), async () => void order.push("second in"));
    await expect(first).rejects.toThrow("first failed");
    await second;
    expect(order).toEqual(["first in", "first out", "second in"]);
  });

  it("is let go of by a process that was killed while holding it", async () => {
    const holder = path.join(work, "holder.mjs");
    const lockModule = new URL("../../sandbox/wordpress/folder-lock.ts", import.meta.url).href;
    writeFileSync(
      holder,
      `const { withLock } = await import(${JSON.stringify(lockModule)});
       await withLock(${JSON.stringify(lockFile())}, () => {
         process.send("held");
         return new Promise(() => setInterval(() => {}, 1000));
       });`,
    );
    const child = fork(holder, { execArgv: [] });
    await once(child, "message");
    let entered = false;
    const waiting = withLock(lockFile(), async () => {
      entered = true;
    });
    await sleep(500);
    expect(entered).toBe(false);
    child.kill("SIGKILL");
    await waiting;
    expect(entered).toBe(true);
  });
});
