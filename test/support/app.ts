/** The real App on the sandbox's GitHub with one described site, but without WordPress. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { newKeys } from "../../src/cli/init.ts";
import type { Settings } from "../../src/server/settings.ts";
import { type RunningServer, startServer } from "../../src/server/start.ts";
import { lockPath, lockText, policyText, siteText } from "../../sandbox/control-repository.ts";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import { type PackageServer, startPackageServer } from "../../sandbox/packages/server.ts";
import { People } from "../../sandbox/people.ts";
import { until } from "../../sandbox/until.ts";

export interface App {
  readonly github: SandboxGitHub;
  readonly packages: PackageServer;
  readonly server: RunningServer;
  readonly settings: Settings;
  readonly people: People;
  close(): Promise<void>;
}

export async function startApp({ sweepSeconds = 30 } = {}): Promise<App> {
  const github = await startGitHub({ files: { "README.md": "The fleet of Acme.\n" } });
  const packages = await startPackageServer();
  const keys = newKeys(github.repoId);
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-app-"));
  const webhookSecret = randomBytes(32).toString("hex");
  const settings: Settings = {
    appId: github.appId,
    privateKey: github.privateKey,
    webhookSecret,
    seed: keys.seed,
    githubApiUrl: github.apiUrl,
    databaseFile: path.join(folder, "countersign.sqlite"),
    feedsFolder: null,
    databaseUrl: null,
    host: "127.0.0.1",
    port: 0,
    publicUrl: null,
    logLevel: process.env["COUNTERSIGN_SANDBOX_LOG"] === "debug" ? "debug" : "fatal",
    proxies: 0,
    sweepSeconds,
    throttle: false,
  };
  const server = await startServer(settings);
  github.setWebhook(server.webhooksUrl, webhookSecret);
  const people = new People(github);
  const lock = packages.find("hello-countersign", "1.0");
  const files = {
    "countersign.yml": policyText(github, keys, packages.origin),
    [lockPath(lock)]: lockText(lock),
    "sites/shop.yml": siteText({ id: "shop", url: "http://127.0.0.1:9", version: "1.0" }),
  };
  await people.commit("ada", { branch: "main", files, message: "Describe the fleet" });
  await until("the fleet is bootstrapped", () => people.branchExists("countersign/audit"));
  return {
    github,
    packages,
    server,
    settings,
    people,
    async close() {
      await server.stop();
      await packages.close();
      await github.close();
      rmSync(folder, { recursive: true });
    },
  };
}
