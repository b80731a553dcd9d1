import { describe, expect, it } from "vitest";
import { readControlFile } from "../../src/contract/control-file.ts";
import { pathOfLock } from "../../src/contract/control-repository.ts";
import { lockText } from "../../src/contract/lock-text.ts";
import { PackageLock } from "../../src/contract/package-lock.ts";
import type { PackageReading } from "../../src/contract/package-reading.ts";
import { PackageSource } from "../../src/contract/package-source.ts";
import { compareLock, versionProblem } from "../../src/domain/lock-comparison.ts";
import { parsePinName, pinName } from "../../src/domain/package-index.ts";
import { sourceFor } from "../../src/domain/package-sources.ts";
import { digest } from "../support/ids.ts";

const id = (name: string) => parsePinName(name)!;
const truth = PackageLock.parse({
  source: "wordpress.org",
  url: "https://downloads.wordpress.org/plugin/shop.1.0.zip",
  sha256: digest("shop"),
  bytes: 1000,
  releasedAt: "2026-11-01T10:00:00Z",
  requires: "6.1",
  requiresPhp: "7.4",
  requiresPlugins: ["akismet", "cart"],
  file: "main.php",
});
const found = (lock: Partial<PackageLock> = {}, headerVersion = "1.0"): PackageReading => ({
  kind: "found",
  found: { lock: { ...truth, ...lock }, headerVersion },
});

/** The findings of a lock of these fields, as `rule line: message`. */
function compare(lock: object, reading: PackageReading, name = "plugins/shop@1.0"): string[] {
  const package_ = id(name);
  const content = lockText(PackageLock.parse(lock));
  const read = readControlFile({ path: pathOfLock(package_), content }, PackageLock);
  if (read.kind === "invalid") throw new Error(content);
  const claimed = { id: package_, lock: read.value, document: read.document };
  return compareLock(claimed, reading).map(
    ({ rule, line, message, severity }) => `${rule} ${severity} ${line}: ${message}`,
  );
}

describe("a lock and its source", () => {
  it("agree where every field does, in whatever order plugins are required", () => {
    expect(compare(truth, found())).toEqual([]);
    expect(compare({ ...truth, requiresPlugins: ["cart", "akismet", "cart"] }, found())).toEqual(
      [],
    );
  });
  it.each<[Partial<PackageLock>, number, string]>([
    [{ url: "https://evil.example/shop.zip" }, 2, "url is https://evil.example/shop.zip"],
    [{ sha256: digest("other") }, 3, "sha256 is sha256:"],
    [{ bytes: 999 }, 4, "bytes is 999, and the source has 1000"],
    [{ releasedAt: "2020-01-01T00:00:00Z" }, 5, "releasedAt is 2020-01-01T00:00:00Z"],
    [{ requires: truth.requiresPhp! }, 6, "requires is 7.4, and the source has 6.1"],
    [{ requiresPhp: truth.requires! }, 7, "requiresPhp is 6.1, and the source has 7.4"],
    [{ requiresPlugins: [] }, 1, "requiresPlugins is not there, and the source has akismet, cart"],
    [{ file: "other.php" }, 11, "file is other.php, and the source has main.php"],
    [{ dbVersion: 7 }, 12, "dbVersion is 7, and the source has not there"],
    [{ template: id("plugins/up@1").slug }, 11, "template is up, and the source has not there"],
  ])("differ at the field's line: %o", (lie, line, message) => {
    const findings = compare({ ...truth, ...lie }, found());
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(new RegExp(`^package\\.differs error ${line}: `, "u"));
    expect(findings[0]).toContain(message);
  });
  it("differ where the lock leaves out what the source says, but for the usual main file", () => {
    const { requires: _requires, file: _file, ...less } = truth;
    expect(compare(less, found())).toEqual([
      "package.differs error 1: requires is not there, and the source has 6.1",
      "package.differs error 1: file is shop.php, and the source has main.php",
    ]);
    const { file: _usual, ...usual } = { ...truth, file: "shop.php" };
    expect(compare(usual, found({ file: "shop.php" }))).toEqual([]);
    expect(compare({ ...truth, file: "shop.php" }, found({ file: "shop.php" }))).toEqual([]);
  });
  it("differ where the package calls itself another version, or none", () => {
    expect(compare(truth, found({}, "1.0-evil\n"))).toEqual([
      String.raw`package.differs error 1: the package's own header says version "1.0-evil\n", not 1.0`,
    ]);
    expect(versionProblem(id("plugins/shop@1.0"), "1.0")).toBeNull();
  });
  it("of WordPress and themes have no main file", () => {
    const { file: _file, ...core } = truth;
    expect(
      compare(core, { kind: "found", found: { lock: core, headerVersion: "7.1" } }, "core@7.1"),
    ).toEqual([]);
  });
  it.each(["not_found", "too_large", "unsafe"] as const)(
    "are in error at the address: %s",
    (kind) => {
      expect(compare(truth, { kind, why: "because" })).toEqual([
        `package.${kind} error 2: plugins/shop@1.0: because`,
      ]);
    },
  );
  it("are only waited for while the source cannot be asked", () => {
    expect(compare(truth, { kind: "unreachable", why: "gone" })).toEqual([
      "package.unreachable warning 2: plugins/shop@1.0: gone",
    ]);
  });
});

describe("a package's name for pin", () => {
  it.each(["core@7.1.1", "plugins/akismet@5.4", "themes/store-front@4.6.0"])("is %s", (name) => {
    expect(pinName(id(name))).toBe(name);
  });
  it.each(["", "core", "core@", "core@x", "core/wordpress@7", "plugins/@1", "mu-plugins/a@1"])(
    "is not %j",
    (name) => {
      expect(parsePinName(name)).toBeNull();
    },
  );
  it.each(["plugins/a/b@1", "plugins/a@1@2", "plugins/A@1", "plugins/a@1.0-evil\n", "x@1"])(
    "nor %j",
    (name) => {
      expect(parsePinName(name)).toBeNull();
    },
  );
});

describe("the source of a package", () => {
  const source = (name: string, packages?: string[]) =>
    PackageSource.parse({
      name,
      type: "template",
      url: "https://a.example/{version}",
      hosts: ["a.example"],
      ...(packages ? { packages } : {}),
    });
  const sources = [
    source("own", ["plugins/acme-*", "themes/acme"]),
    source("core-only", ["core"]),
    source("rest"),
  ];
  it.each([
    ["plugins/acme-shop@1", "own"],
    ["themes/acme@1", "own"],
    ["themes/acme-child@1", "rest"],
    ["plugins/shop@1", "rest"],
    ["core@7", "core-only"],
  ])("of %s is the first that fits: %s", (name, expected) => {
    expect(sourceFor(id(name), sources)?.name).toBe(expected);
  });
  it("is none where none fits", () => {
    expect(sourceFor(id("plugins/x@1"), sources.slice(0, 2))).toBeUndefined();
  });
});
