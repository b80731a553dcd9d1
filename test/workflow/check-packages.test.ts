import { sha } from "../support/ids.ts";
import { describe, expect, it } from "vitest";
import { FleetConfig } from "../../src/contract/fleet-config.ts";
import type { PackageReading } from "../../src/contract/package-reading.ts";
import { PackageLock } from "../../src/contract/package-lock.ts";
import { planTrees } from "../../src/domain/plan.ts";
import { checkPackages, withPackageFindings } from "../../src/workflow/check-packages.ts";
import { missingLocks } from "../../src/workflow/pin.ts";
import type { Packages } from "../../src/workflow/ports.ts";
import { planTexts } from "../../src/signing/plan-text.ts";
import { type Files, lock, site, tree } from "../support/control-tree.ts";

const { sources } = FleetConfig.pick({ sources: true }).parse({});
const wants = (version: string) => `plugins: { shop: { version: "${version}", state: active } }`;
const base: Files = { ...lock("plugins/shop@1.0"), ...site("a", wants("1.0")) };

/** Answers what the lock says, or something else. */
function packages(
  answers: Readonly<Record<string, PackageReading>> = {},
  asked: string[] = [],
): Packages {
  return {
    async read(id, source, claim) {
      const name = `${id.slug}@${id.version}`;
      asked.push(name);
      const given = answers[name];
      if (given !== undefined) return given;
      const own = { ...defaults, url: claim?.url, sha256: claim?.sha256, source: source.name };
      return { kind: "found", found: { lock: PackageLock.parse(own), headerVersion: id.version } };
    },
  };
}
const defaults = { bytes: 1000, releasedAt: "2026-11-01T10:00:00Z" };

function check(change: Files, source: Packages = packages(), from: Files = base) {
  const [before, after] = [tree(from), tree(from, change)];
  const plan = planTrees({ before, after });
  return checkPackages({ packages: source }, { sources }, { plan, after });
}
const shown = ({ findings }: Awaited<ReturnType<typeof check>>) =>
  findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);

describe("the policy review of packages", () => {
  it("compares each lock once that is added, changed or used in a step, and no other", async () => {
    const asked: string[] = [];
    const from = {
      ...base,
      ...lock("plugins/shop@1.1"),
      ...lock("plugins/idle@1.0"),
      ...site("b", wants("1.0")),
    };
    const change = {
      ...site("a", wants("1.1")),
      ...site("b", wants("1.1")),
      ...lock("plugins/new@2.0"),
    };
    const review = await check(change, packages({}, asked), from);
    expect(asked.toSorted()).toEqual(["new@2.0", "shop@1.1"]);
    expect(review).toMatchObject({ result: "passed", findings: [] });
    expect(Object.values(review.matchesSource)).toEqual([true, true]);
  });
  it("asks nobody about a lock that goes, or a proposal without packages", async () => {
    const asked: string[] = [];
    await check({ "packages/plugins/idle/1.0.yml": null }, packages({}, asked), {
      ...base,
      ...lock("plugins/idle@1.0"),
    });
    await check(site("a", wants("1.0"), { tier: "staging" }), packages({}, asked));
    expect(asked).toEqual([]);
  });
  it("compares a lock again whose digest is changed for a known version", async () => {
    const asked: string[] = [];
    const path = "packages/plugins/shop/1.0.yml";
    const other = String(lock("plugins/shop@9.9")[path.replace("1.0", "9.9")]);
    const review = await check({ [path]: other }, packages({}, asked));
    expect(asked).toEqual(["shop@1.0"]);
    expect(review.result).toBe("passed");
  });
  it("blocks where a field differs, at its line", async () => {
    const change = { ...site("a", wants("1.1")), ...lock("plugins/shop@1.1", 'requires: "6.0"') };
    const review = await check(change);
    expect(review.result).toBe("blocked");
    expect(shown(review)).toEqual(["package.differs packages/plugins/shop/1.1.yml:6"]);
    expect(Object.values(review.matchesSource)).toEqual([false]);
  });
  it("waits where a source cannot be asked, and blocks where another differs besides", async () => {
    const gone: PackageReading = { kind: "unreachable", why: "gone" };
    const change = { ...site("a", wants("1.1")), ...lock("plugins/shop@1.1") };
    const waiting = await check(change, packages({ "shop@1.1": gone }));
    expect(waiting.result).toBe("waiting");
    expect(Object.values(waiting.matchesSource)).toEqual([null]);
    const evil: PackageReading = { kind: "unsafe", why: "evil" };
    const both = await check(
      { ...change, ...lock("plugins/new@2.0") },
      packages({ "shop@1.1": gone, "new@2.0": evil }),
    );
    expect(both.result).toBe("blocked");
    expect(shown(both)).toEqual([
      "package.unsafe packages/plugins/new/2.0.yml:2",
      "package.unreachable packages/plugins/shop/1.1.yml:2",
    ]);
  });
  it("does not ask a source that the policy in force does not know", async () => {
    const asked: string[] = [];
    const text = String(Object.values(lock("plugins/shop@1.1"))[0]);
    const foreign = {
      "packages/plugins/shop/1.1.yml": text.replace("source: wordpress.org", "source: mine"),
    };
    const review = await check({ ...site("a", wants("1.1")), ...foreign }, packages({}, asked));
    expect(review.result).toBe("blocked");
    expect(shown(review)).toEqual(["reference packages/plugins/shop/1.1.yml:1"]);
    expect(asked).toEqual([]);
  });
  it("adds its findings to the plan that people see, and leaves its digest alone", async () => {
    const change = { ...site("a", wants("1.1")), ...lock("plugins/shop@1.1", 'requires: "6.0"') };
    const [before, after] = [tree(base), tree(base, change)];
    const plan = planTrees({ before, after });
    const rest = { after, texts: planTexts(plan), recovers: [], base: sha("base") };
    const planned = { kind: "planned", plan, ...rest } as const;
    const review = await check(change);
    const seen = withPackageFindings(planned, review);
    expect(seen.plan.findings).toEqual(review.findings);
    expect(planTexts(seen.plan)?.fleet).toEqual(planned.texts?.fleet);
    expect(withPackageFindings(planned, await check(change, packages(), base)).plan.state).toBe(
      "ok",
    );
  });
});

describe("the locks that a plan misses", () => {
  it("are those that its findings tell to pin, each once", () => {
    const change = {
      ...site("a", wants("1.1")),
      ...site("b", `${wants("1.1")}, core: { version: 7.1.1 }`),
    };
    const { findings } = planTrees({ before: tree(base), after: tree(base, change) });
    expect(missingLocks(findings).map(({ slug, version }) => `${slug}@${version}`)).toEqual([
      "shop@1.1",
      "wordpress@7.1.1",
    ]);
  });
});
