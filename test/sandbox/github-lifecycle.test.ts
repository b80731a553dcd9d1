import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const startModule = new URL("../../sandbox/github/start.ts", import.meta.url).href;

/**
 * Uses everything that could leave something behind: HTTP, webhooks, git, two instances. It ends
 * by itself, so anything that keeps Node alive fails the test.
 */
const program = `
  import { spawn } from "node:child_process";
  import { createServer } from "node:http";
  import { once } from "node:events";
  import { startGitHub } from ${JSON.stringify(startModule)};
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const files = { a: "1" };
  const [one, two] = await Promise.all([startGitHub({ files }), startGitHub({ files })]);
  one.setWebhook("http://127.0.0.1:" + silent.address().port, "s");
  await one.as("olivia")("POST", "/repos/acme/fleet/issues", { title: "never answered" });
  await fetch(two.apiUrl + "/user", { headers: { authorization: "Bearer " + two.people.sam.token } });
  const clone = spawn("git", ["clone", "--quiet", two.gitUrl, process.argv[2]], { stdio: "inherit" });
  const [code] = await once(clone, "close");
  const closing = performance.now();
  await Promise.all([one.close(), two.close()]);
  silent.close();
  silent.closeAllConnections();
  const [closedAt, state] = [performance.now(), one.deliveries.at(-1)?.state];
  process.on("exit", () => {
    const waited = closedAt - closing > 3000;
    const lingered = performance.now() - closedAt > 1000;
    console.log(JSON.stringify({ code, state, waited, lingered }));
  });
`;

it("leaves no handle, no process and no file behind when closed", async () => {
  const home = mkdtempSync(path.join(tmpdir(), "github-lifecycle-"));
  const target = path.join(home, "clone");
  const args = ["--input-type=module", "--eval", program, "unused", target];
  const options = { timeout: 60_000, env: { ...process.env, TMPDIR: home } };
  const { stdout } = await run(process.execPath, args, options);
  expect(JSON.parse(stdout)).toEqual({ code: 0, state: "failed", waited: false, lingered: false });
  expect(existsSync(path.join(target, "a"))).toBe(true);
  expect(readdirSync(home)).toEqual(["clone"]);
  rmSync(home, { recursive: true });
});
