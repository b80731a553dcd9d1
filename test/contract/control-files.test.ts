import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { Baseline } from "../../src/contract/baseline.ts";
import { readControlFile } from "../../src/contract/control-file.ts";
import { pathOfLock, pathOfSite, roleOfPath } from "../../src/contract/control-repository.ts";
import { Operation } from "../../src/contract/operation.ts";
import { OPTION_SCHEMAS } from "../../src/contract/options.ts";
import { PackageLock } from "../../src/contract/package-lock.ts";
import { SiteFile } from "../../src/contract/site-file.ts";
import { digest, site } from "../support/ids.ts";

const key = "A".repeat(43);
/** product.md's example. */
const shop = `url: https://shop.acme.example
tier: production
labels: { client: acme }
timezone: Europe/Berlin
connector: { epoch: 1, since: 4711, key: { kty: OKP, crv: Ed25519, x: ${key} } }
desired:
  core: { version: "7.1.1" }
  plugins:
    woocommerce: { version: 10.1.2, state: active }
    akismet: { version: "5.4", state: inactive }
    old-gallery: { state: absent }
  themes: { storefront: { version: 4.6.0, state: active } }
  options: { blogdescription: Fresh bread daily }
health: [{ path: /shop/, status: 200, text: Add to cart }]
volatile: ["plugins/wp-cache/cache/**"]
`;

const read = <T extends z.ZodType>(content: string, schema: T) =>
  readControlFile({ path: "x.yml", content }, schema);
function problems(content: string, schema: z.ZodType) {
  const reading = read(content, schema);
  if (reading.kind === "valid") return [];
  return reading.findings.map(({ line, column, message, allowed }) => ({
    at: `${line}:${column}`,
    text: `${message} | ${String(allowed)}`,
  }));
}
/** Exchanges a piece; `§` marks where the error has to stand. */
function but(piece: string, other: string) {
  expect(shop).toContain(piece);
  const text = shop.replace(piece, other);
  const before = text.slice(0, text.indexOf("§"));
  const at = `${before.split("\n").length}:${before.length - before.lastIndexOf("\n")}`;
  return { at, problems: problems(text.replace("§", ""), SiteFile) };
}

describe("a site file", () => {
  it("is read as product.md shows it", () => {
    const reading = read(shop, SiteFile);
    expect(reading.kind === "valid" && reading.value).toMatchObject({
      connector: { epoch: 1, since: 4711 },
      desired: {
        core: { version: "7.1.1", autoPatch: false },
        plugins: { woocommerce: { version: "10.1.2" }, "old-gallery": { state: "absent" } },
      },
      health: [{ path: "/shop/", status: 200, text: "Add to cart" }],
    });
    const least = read("url: https://a.example/blog\ntier: staging\n", SiteFile);
    expect(least.kind === "valid" && least.value).toEqual({
      url: "https://a.example/blog",
      tier: "staging",
      labels: {},
      timezone: "UTC",
      desired: { plugins: {}, themes: {}, options: {} },
      health: [],
      volatile: [],
    });
  });
  it.each([
    [
      'version: "5.4"',
      "version: §5.4",
      '"5.4" is not acceptable | text: write it in quotes, "5.4"',
    ],
    ['version: "5.4"', "version: §5.10", 'text: write it in quotes, "5.10"'],
    ['version: "5.4"', String.raw`version: §"1.0-evil\n"`, "digits and single dots"],
    ['version: "5.4"', 'version: §"1..0"', "digits and single dots"],
    ["old-gallery: {", "§../../etc: {", "is no acceptable name"],
    ["old-gallery: {", "§Old: {", "is no acceptable name"],
    ["old-gallery: {", "§countersign: {", "any plugin but the connector"],
    ["state: absent", "state: §gone", "active, inactive or absent"],
    ["state: absent", 'state: absent, §version: "1"', 'unknown key "version"'],
    ["blogdescription:", "§siteurl:", 'unknown key "siteurl"'],
    ["blogdescription: Fresh bread daily", "start_of_week: §7", "at most 6"],
    ["blogdescription: Fresh bread daily", "blog_public: §2", "0 or 1"],
    ["blogdescription: Fresh bread daily", 'posts_per_page: §"5"', "a number"],
    ["blogdescription: Fresh bread daily", "permalink_structure: §/%evil%/", "a path of words"],
    ["https://shop.acme.example", "§https://shop.acme.example/", "without a trailing slash"],
    ["https://shop.acme.example", "§https://user:pw@shop.acme.example", "home URL"],
    ["https://shop.acme.example", "§https://shop.acme.example/a/../b", "without . and .."],
    ["https://shop.acme.example", "§javascript:alert(1)", "home URL"],
    ["Europe/Berlin", "§Mars/Base", "an IANA time zone"],
    ["epoch: 1", "epoch: §0", "at least 1"],
    ["crv: Ed25519", "crv: §P-256", "Ed25519"],
    ["path: /shop/", "path: §shop", "begins with /"],
    ['["plugins/wp-cache/cache/**"]', '[§"../x"]', "relative path"],
    ["client: acme", "client: §1", "text: write it in quotes"],
    ["tier: production", "tier: production\n§tiers: x", 'unknown key "tiers"'],
    ["kty: OKP, ", "kty: OKP, §d: secret, ", 'unknown key "d"'],
  ])("refuses at its place: %s → %s", (piece, other, message) => {
    const { at, problems: found } = but(piece, other);
    expect(found).toEqual([{ at, text: expect.stringContaining(message) }]);
  });
  it("names what is missing, at the mapping that lacks it", () => {
    const { at, problems: found } = but('akismet: { version: "5.4", state', "akismet: §{ state");
    expect(found).toEqual([{ at, text: '"version" is missing | text' }]);
  });
});

describe("baselines, operations and locks", () => {
  const lock = `source: wordpress.org
url: https://downloads.wordpress.org/plugin/akismet.5.4.zip
sha256: ${digest("x")}
bytes: 100
releasedAt: 2026-11-01T10:00:00Z
`;
  it.each<[string, z.ZodType, string, string]>([
    ["url: https://a.example\nwhen: {}\ndesired: {}", Baseline, "1:1", 'unknown key "url"'],
    ["desired: {}", Baseline, "1:1", '"when" is missing'],
    ["when: { tier: [] }\ndesired: {}", Baseline, "1:15", "at least one"],
    ["when: { risk: high }\ndesired: {}", Baseline, "1:9", 'unknown key "risk"'],
    ["when: {}\nrun: eval", Operation, "2:6", "cache.flush, maintenance.on, maintenance.off"],
    [`${lock}foo: 1`, PackageLock, "6:1", 'unknown key "foo"'],
    [lock.replace("sha256:", "sha256: x # "), PackageLock, "3:9", "64 lower-case hex digits"],
    [lock.replace("https:", "file:"), PackageLock, "2:6", "url"],
    [lock.replace("10:00:00Z", "10:00:00+01:00"), PackageLock, "5:13", "RFC 3339 in UTC"],
    [lock.replace("100", "0"), PackageLock, "4:8", "at least 1"],
    [`${lock}file: ../evil.php`, PackageLock, "6:7", "a PHP file's name"],
  ])("refuse %j", (text, schema, at, message) => {
    expect(problems(text, schema)).toEqual([{ at, text: expect.stringContaining(message) }]);
  });
  it("accept what is right", () => {
    expect(problems(`${lock}requires: "6.1"\nrequiresPlugins: [woocommerce]`, PackageLock)).toEqual(
      [],
    );
    expect(problems("when: {}\nrun: cache.flush\nreason: after the move", Operation)).toEqual([]);
    expect(problems("when: { tier: staging }\ndesired: {}", Baseline)).toEqual([]);
  });
});

describe("options", () => {
  it("are a closed list without any that locks out, raises rights or runs code", () => {
    for (const name of [
      "siteurl",
      "home",
      "default_role",
      "users_can_register",
      "active_plugins",
      "template",
      "admin_email",
      "cron",
    ]) {
      expect(Object.keys(OPTION_SCHEMAS)).not.toContain(name);
    }
  });
});

describe("roleOfPath", () => {
  it.each([
    ["sites/acme-shop.yml", "site"],
    ["sites/a.yaml", "misplaced"],
    ["sites/a/b.yml", "misplaced"],
    ["sites/../a.yml", "misplaced"],
    ["sites/A.yml", "misplaced"],
    ["sites/-a.yml", "misplaced"],
    [`sites/${"a".repeat(64)}.yml`, "misplaced"],
    ["sites/", "misplaced"],
    ["baselines/all.yml", "baseline"],
    ["baselines/a_b.yml", "misplaced"],
    ["operations/2026-11-24-flush.yml", "operation"],
    ["operations/flush.yml", "misplaced"],
    ["packages/plugins/akismet/5.4.yml", "package"],
    ["packages/core/wordpress/7.1.1.yml", "package"],
    ["packages/core/other/7.1.1.yml", "misplaced"],
    ["packages/plugins/../5.4.yml", "misplaced"],
    ["packages/plugins/akismet/latest.yml", "misplaced"],
    ["packages/mu-plugins/x/1.0.yml", "misplaced"],
    ["packages/plugins/akismet.yml", "misplaced"],
    ["countersign.yml", "policy"],
    ["CODEOWNERS", "policy"],
    [".github/CODEOWNERS", "policy"],
    ["tests/x.yml", "policy"],
    ["Countersign.yml", "other"],
    ["sub/countersign.yml", "other"],
    ["README.md", "other"],
  ])("knows %s as %s", (path, kind) => {
    expect(roleOfPath(path).kind).toBe(kind);
  });
  it("is the inverse of the paths that we write", () => {
    expect(roleOfPath(pathOfSite(site("a-b")))).toEqual({ kind: "site", site: "a-b" });
    const role = roleOfPath("packages/themes/twenty/1.0.yml");
    expect(role.kind === "package" && pathOfLock(role.id)).toBe("packages/themes/twenty/1.0.yml");
  });
});
