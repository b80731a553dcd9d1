/** `npm run sandbox` as a program: what it prints is enough to use it, and it ends without a trace. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..", "..");
const Kept = z.object({
  step: z.literal("kept"),
  ok: z.literal(true),
  github: z.object({
    api: z.url(),
    git: z.url(),
    repo: z.string(),
    tokens: z.record(z.string(), z.string()),
  }),
  app: z.object({ url: z.url() }),
  sites: z.array(
    z.object({ id: z.string(), url: z.url(), user: z.string(), password: z.string() }),
  ),
  stop: z.object({ pid: z.int() }),
});

let program: ChildProcess;
let kept: z.infer<typeof Kept>;
let ended: Promise<number | null>;
beforeAll(async () => {
  program = spawn(process.execPath, ["sandbox/sandbox.ts", "--sites", "2", "--json"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  ended = new Promise((resolve) => {
    program.once("exit", resolve);
  });
  for await (const line of createInterface({ input: program.stdout! })) {
    kept = Kept.parse(JSON.parse(line));
    break;
  }
});
afterAll(() => program.kill("SIGKILL"));

const alive = async (pid: number) => {
  const { stdout } = await run("ps", ["-o", "pid=", "--ppid", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.split("\n").map(Number).filter(Boolean);
};

describe("the sandbox program", () => {
  it("prints where everything is, and each part answers", async () => {
    expect(kept.sites.map(({ id }) => id)).toEqual(["shop", "blog"]);
    const olivia = kept.github.tokens["olivia"];
    const repo = await fetch(`${kept.github.api}/repos/${kept.github.repo}`, {
      headers: { authorization: `Bearer ${olivia}` },
    });
    expect(repo.status).toBe(200);
    const { stdout } = await run("git", ["ls-remote", kept.github.git]);
    expect(stdout).toContain("refs/heads/countersign/audit");
    expect((await fetch(`${kept.app.url}/countersign/health`)).status).toBe(200);
    for (const { url } of kept.sites) expect((await fetch(`${url}/`)).status).toBe(200);
  });
  it("ends on SIGTERM with all its processes", async () => {
    const children = await alive(kept.stop.pid);
    expect(children.length).toBeGreaterThanOrEqual(2);
    process.kill(kept.stop.pid, "SIGTERM");
    expect(await ended).toBe(0);
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/u);
    await expect(fetch(kept.app.url)).rejects.toThrow();
  });
});

describe("bad arguments", () => {
  it.each(["0", "51", "two"])("--sites %s end with a usage error", async (sites) => {
    const failed = run(process.execPath, ["sandbox/sandbox.ts", "--sites", sites], { cwd: root });
    await expect(failed).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--sites"),
    });
  });
});
