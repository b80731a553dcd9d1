import { afterEach, describe, expect, it } from "vitest";
import { FleetConfig } from "../../src/contract/fleet-config.ts";
import { PackageLock } from "../../src/contract/package-lock.ts";
import type { PackageReading } from "../../src/contract/package-reading.ts";
import { planTrees } from "../../src/domain/plan.ts";
import type { Packages } from "../../src/workflow/ports.ts";
import { checkPrevious } from "../../src/workflow/previous-packages.ts";
import { review } from "../../src/workflow/review.ts";
import { type Files, lock, site, tree } from "../support/control-tree.ts";
import { World } from "../support/fleet-world.ts";

const { sources } = FleetConfig.pick({ sources: true }).parse({});
const wants = (version: string, slug = "shop") =>
  `plugins: { ${slug}: { version: "${version}", state: active } }`;

/** Has the bytes that every lock claims, or answers otherwise. */
function packages(answers: Record<string, PackageReading> = {}, asked: string[] = []): Packages {
  return {
    async read(id, source, claim) {
      const name = `${id.slug}@${id.version}`;
      asked.push(name);
      const lockText = { bytes: 9, releasedAt: "2026-11-01T10:00:00Z", source: source.name };
      const own = PackageLock.parse({ ...lockText, url: claim?.url, sha256: claim?.sha256 });
      const found = { lock: own, headerVersion: id.version };
      return answers[name] ?? { kind: "found", found };
    },
  };
}

async function check(from: Files, change: Files, source = packages()) {
  const plan = planTrees({ before: tree(from), after: tree(from, change) });
  const found = await checkPrevious({ packages: source }, { sources }, { plan });
  return Object.fromEntries(
    [...found].map(([name, all]) => [name, all.map(({ reading }) => reading)]),
  );
}
const locks = { ...lock("plugins/shop@1.0"), ...lock("plugins/shop@1.1") };
const two = { ...locks, ...site("a", wants("1.0")), ...site("b", wants("1.0")) };
const other = (lockOf: PackageLock): PackageReading => ({
  kind: "found",
  found: { lock: lockOf, headerVersion: "1.0" },
});

describe("what a plan replaces", () => {
  it("is asked for once, with the bytes of its lock, for all sites", async () => {
    const asked: string[] = [];
    const change = { ...site("a", wants("1.1")), ...site("b", wants("1.1")) };
    expect(await check(two, change, packages({}, asked))).toEqual({
      a: [{ kind: "there" }],
      b: [{ kind: "there" }],
    });
    expect(asked).toEqual(["shop@1.0"]);
  });
  it("is what its lock said before, though the proposal takes that away", async () => {
    const change = { ...site("a", wants("1.1")), "packages/plugins/shop/1.0.yml": null };
    const alone = { ...locks, ...site("a", wants("1.0")) };
    expect(await check(alone, change)).toEqual({ a: [{ kind: "there" }] });
  });
  it.each<[string, PackageReading, object]>([
    ["cannot be asked for", { kind: "unreachable", why: "503" }, { kind: "unread", why: "503" }],
    ["is gone", { kind: "not_found", why: "404" }, { kind: "gone", why: "404" }],
    ["is unsafe", { kind: "unsafe", why: "a link" }, { kind: "gone", why: "a link" }],
    [
      "has other bytes",
      other(
        PackageLock.parse({
          source: "wordpress.org",
          url: "https://downloads.wordpress.org/x.zip",
          sha256: `sha256:${"9".repeat(64)}`,
          bytes: 9,
          releasedAt: "2026-11-01T10:00:00Z",
        }),
      ),
      { kind: "gone", why: "its source has other bytes now" },
    ],
  ])("%s", async (_, answer, wanted) => {
    const found = await check(two, site("a", wants("1.1")), packages({ "shop@1.0": answer }));
    expect(found).toEqual({ a: [wanted] });
  });
  it("is not known where no lock names it, or the policy no longer knows its source", async () => {
    const unlocked = { ...lock("plugins/shop@1.1"), ...site("a", wants("1.0")) };
    expect(await check(unlocked, site("a", wants("1.1")))).toEqual({
      a: [{ kind: "unread", why: "no lock names its bytes" }],
    });
    const text = String(Object.values(lock("plugins/shop@1.0"))[0]);
    const path = "packages/plugins/shop/1.0.yml";
    const foreign = { ...two, [path]: text.replace("source: wordpress.org", "source: mine") };
    expect(await check(foreign, site("a", wants("1.1")))).toEqual({
      a: [{ kind: "unread", why: "countersign.yml has no source mine" }],
    });
  });
  it("is nothing where code is only added", async () => {
    const asked: string[] = [];
    const bare = { ...locks, ...site("a", "plugins: {}") };
    expect(await check(bare, site("a", wants("1.1")), packages({}, asked))).toEqual({});
    expect(asked).toEqual([]);
  });
});

describe("a fleet whose policy asks for the package that is left", () => {
  let world: World;
  afterEach(() => world.close());
  const policy = "readiness:\n  - { when: { tier: production }, previousPackage: declared }\n";
  const rollback = () =>
    world.forge.checks.get(`${world.forge.pulls.get(7)!.head} countersign/rollback`);
  const answering = (given: PackageReading) => {
    const { packages: all } = world.fleet;
    const without: Packages = {
      read: async (id, source, claim) =>
        id.version === "1.0" ? given : all.read(id, source, claim),
    };
    world.fleet = { ...world.fleet, packages: without };
  };

  it("passes while it can be fetched, waits while nobody can be asked, and is held once it is gone", async () => {
    world = await World.open({ policy });
    await world.propose(7, { shop: "1.1" });
    expect(rollback()).toMatchObject({ result: "passed" });
    answering({ kind: "unreachable", why: "503" });
    await review(world.fleet, 7);
    expect(rollback()).toMatchObject({ result: "waiting" });
    expect(rollback()?.title).toContain("previousPackage is weaker than the policy asks for");
    answering({ kind: "not_found", why: "404" });
    await review(world.fleet, 7);
    expect(rollback()).toMatchObject({ result: "blocked" });
    expect(rollback()?.summary).toContain("plugins/hello: 404");
  });
  it("is told, and not held, where the policy does not ask", async () => {
    world = await World.open();
    answering({ kind: "not_found", why: "404" });
    await world.propose(7, { shop: "1.1" });
    expect(rollback()).toMatchObject({ result: "passed" });
    expect(rollback()?.summary).toContain("⚠️ `previousPackage` is not established");
  });
});
