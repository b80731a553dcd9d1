/** What goes wrong on a real WordPress reaches its level, its one issue, and whoever proposes changes. */
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLines, firstSite, levelOnRecord, plugin, settledChecks } from "../../sandbox/look.ts";
import { proposeVersion } from "../../sandbox/story.ts";
import { until } from "../../sandbox/until.ts";
import { startWorld, type World } from "../../sandbox/world.ts";
import { startSites } from "../support/world-sites.ts";

let world: World;
let control: number;
beforeAll(async () => {
  world = await startWorld({ startSites });
  const opened = await world.people.ask<{ number: number }>("sam", "POST", "/issues", {
    title: "Control",
  });
  control = opened.number;
});
afterAll(() => world?.close());

/** @returns why the beat had no answer; empty where it had one */
const beat = () => firstSite(world).runPhp("echo Countersign\\Beat\\Heartbeat::run();");
/** A site measures its files again when a quarter of an hour is over. */
const quarterOfAnHour = () => firstSite(world).runPhp("Countersign\\State\\Volatile::forget();");
const inContent = (...names: string[]) => path.join(firstSite(world).dir, "wp-content", ...names);

interface Incident {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
}
const incidents = () =>
  world.people.ask<Incident[]>("ada", "GET", "/issues?labels=countersign-incident&state=all");
/** On the audit branch, where entries go together. */
const levelIs = (level: string) =>
  until(`the site is on ${level}`, async () => (await levelOnRecord(world)) === level, 90);
const causes = async () =>
  (await auditLines(world)).filter(({ kind }) => kind === "level") as { cause?: string }[];

async function say(who: "sam" | "sven", text: string): Promise<string> {
  const id = await world.people.say(who, control, text);
  return until(`"${text}" is answered`, async () =>
    (await world.people.comments(control)).find((one) => one.includes(`countersign:answer ${id} `)),
  );
}

describe("files changed under an unchanged version", () => {
  it("hold the site, open one incident, and block what is proposed, until looked at and released", async () => {
    expect(await beat()).toBe("");
    const pull = await proposeVersion(world, { from: "1.0", version: "1.1" });
    await settledChecks(world, pull);
    const file = inContent("plugins", plugin, `${plugin}.php`);
    const whole = readFileSync(file);
    appendFileSync(file, "\n// Not from the author.\n");
    await quarterOfAnHour();
    expect(await beat()).toBe("");
    await levelIs("hold");
    const [incident] = await until("an incident is open", async () => {
      const found = await incidents();
      return found.length > 0 && found;
    });
    expect(incident?.body).toContain(plugin);
    await until("the proposal names it", async () => {
      const check = (await world.people.checks(pull)).get("countersign/policy");
      return check?.conclusion !== "success" && check?.summary.includes(`#${incident?.number}`);
    });

    writeFileSync(file, whole);
    await quarterOfAnHour();
    expect(await beat()).toBe("");
    expect(await incidents()).toHaveLength(1);
    expect(await say("sam", "/countersign release shop the line was taken out again")).toContain(
      "NORMAL now",
    );
    await levelIs("normal");
  });
});

describe("a site set back to a backup", () => {
  it("counts beats that were counted before: on HOLD, with an incident of its own", async () => {
    const folder = path.join(firstSite(world).dir, "..", "database");
    const backup = path.join(firstSite(world).dir, "..", "backup");
    cpSync(folder, backup, { recursive: true });
    for (let beats = 0; beats < 2; beats++) expect(await beat()).toBe("");
    await firstSite(world).kill("SIGKILL");
    rmSync(folder, { recursive: true });
    cpSync(backup, folder, { recursive: true });
    await firstSite(world).restart();
    expect(await beat()).toBe("answer_401");
    await levelIs("hold");
    await until("its own incident is open", async () => (await incidents()).length === 2);
    expect((await causes()).map(({ cause }) => cause)).toContain("restored_or_cloned");
  });
});
