/**
 * A whole world on one machine: GitHub with an organisation and the App, a package server, real
 * WordPress sites with the connector, and the real App between them. Everything is on loopback, on
 * free ports, and gone after `close`.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type NewKeys, newKeys } from "../src/cli/init.ts";
import { type RunningServer, startServer } from "../src/server/start.ts";
import { lockPath, lockText, policyText, siteText } from "./control-repository.ts";
import { type SandboxGitHub, startGitHub } from "./github/start.ts";
import { type PackageServer, startPackageServer } from "./packages/server.ts";
import { pairSites } from "./pairing.ts";
import { People } from "./people.ts";
import { until } from "./until.ts";
import {
  type Fleet as WordPressFleet,
  type SandboxSite,
  startWordPress,
} from "./wordpress/fleet.ts";

export interface World {
  readonly github: SandboxGitHub;
  readonly packages: PackageServer;
  readonly sites: readonly SandboxSite[];
  readonly app: RunningServer;
  readonly people: People;
  readonly keys: NewKeys;
  /** Ends the App as a crash would not: running jobs end first. Its state stays. */
  restartApp(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly sites?: number;
  readonly onProgress?: (message: string) => void;
  /** What starts the sites: WordPress on WebAssembly, unless somebody has another PHP. */
  readonly startSites?: typeof startWordPress;
  /** Seconds between two sweeps: what a lost webhook costs at most. */
  readonly sweepSeconds?: number;
}

const firstVersion = "1.0";
const plugin = "hello-countersign";
const root = path.resolve(import.meta.dirname, "..");

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const say = options.onProgress ?? (() => undefined);
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const github = await startGitHub({ files: { "README.md": "The fleet of Acme.\n" } });
    closing.push(() => github.close());
    const packages = await startPackageServer();
    closing.push(() => packages.close());
    say("GitHub and the package server run");
    const wordpress = await startSites(packages, options, say);
    closing.push(() => wordpress.close());
    const keys = newKeys(github.repoId);
    const folder = await mkdtemp(path.join(tmpdir(), "countersign-app-"));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    // Sites keep the address at which they were paired, over a restart too.
    const port = await freePort();
    const start = () => startApp(github, { keys, folder, options, port });
    const running = { app: await start() };
    closing.push(() => running.app.stop());
    say("the App runs");
    const people = new People(github);
    const world = { github, packages, sites: wordpress.sites, people, keys };
    await setUp(world);
    await pairSites(world);
    say(
      `${wordpress.sites.length === 1 ? "one site is" : `${wordpress.sites.length} sites are`} paired`,
    );
    return {
      ...world,
      get app() {
        return running.app;
      },
      async restartApp() {
        await running.app.stop();
        running.app = await start();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const siteNames = ["shop", "blog", "magazine"];
const siteId = (index: number): string => siteNames[index] ?? `site-${index + 1}`;

function startSites(
  packages: PackageServer,
  { sites = 1, startSites: start = startWordPress }: WorldOptions,
  onProgress: (message: string) => void,
): Promise<WordPressFleet> {
  return start({
    sites: Array.from({ length: sites }, (_, index) => ({
      id: siteId(index),
      plugins: packages.filesOf(plugin, firstVersion),
      activePlugins: [`${plugin}/${plugin}.php`],
    })),
    connectorDir: path.join(root, "connector"),
    packageOrigin: packages.origin,
    onProgress,
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}

async function startApp(
  github: SandboxGitHub,
  given: { keys: NewKeys; folder: string; options: WorldOptions; port: number },
): Promise<RunningServer> {
  const webhookSecret = randomBytes(32).toString("hex");
  const app = await startServer({
    appId: github.appId,
    privateKey: github.privateKey,
    webhookSecret,
    seed: given.keys.seed,
    githubApiUrl: github.apiUrl,
    databaseFile: path.join(given.folder, "countersign.sqlite"),
    feedsFolder: null,
    databaseUrl: null,
    host: "127.0.0.1",
    port: given.port,
    publicUrl: `http://127.0.0.1:${given.port}`,
    logLevel: process.env["COUNTERSIGN_SANDBOX_LOG"] === "debug" ? "debug" : "fatal",
    proxies: 0,
    sweepSeconds: given.options.sweepSeconds ?? 20,
    throttle: false,
  });
  github.setWebhook(app.webhooksUrl, webhookSecret);
  return app;
}

/** The owner commits policy, sites and the lock of what the sites run; the App takes it as it stands. */
async function setUp(
  world: Pick<World, "github" | "packages" | "sites" | "people" | "keys">,
): Promise<void> {
  const { github, packages, sites, people, keys } = world;
  const lock = packages.find(plugin, firstVersion);
  const files: Record<string, string> = {
    "countersign.yml": policyText(github, keys, packages.origin),
    [lockPath(lock)]: lockText(lock),
  };
  for (const { id, url } of sites) {
    files[`sites/${id}.yml`] = siteText({ id, url, version: firstVersion });
  }
  await people.commit("ada", { branch: "main", files, message: "Describe the fleet" });
  await until("the fleet is bootstrapped", () => people.branchExists("countersign/audit"));
}
