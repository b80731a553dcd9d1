import { describe, expect, it } from "vitest";
import { readHeaders, wantedFile } from "../../src/wordpress/package-headers.ts";
import { id } from "./package-world.ts";

const plugin = (files: Record<string, string>) =>
  readHeaders(id("plugins/odd@1.0"), new Map(Object.entries(files)));
const theme = (css: string, more = {}) =>
  readHeaders(id("themes/odd@1.0"), new Map(Object.entries({ "style.css": css, ...more })));
const head = (...lines: string[]) =>
  `<?php\n/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\n`;
const unsafe = { kind: "unsafe", why: expect.any(String) };

describe("a plugin's headers", () => {
  it("are read as WordPress reads them", () => {
    const file = head(
      "Plugin Name: Odd",
      "Version: 1.2.3 ",
      "requires at least: 6.5",
      "Requires PHP: 8.1",
      "Requires Plugins: shop, akismet,shop, Not A Slug",
    );
    expect(plugin({ "odd.php": file })).toEqual({
      kind: "read",
      version: "1.2.3",
      facts: { requires: "6.5", requiresPhp: "8.1", requiresPlugins: ["akismet", "shop"] },
    });
  });
  it("may stand on one line with the comment's end, or behind old line ends", () => {
    expect(plugin({ "odd.php": "<?php /* Plugin Name: Odd Version: 2.0 */\n" })).toMatchObject({
      version: "",
    });
    expect(plugin({ "odd.php": "<?php\r# Plugin Name: Odd\r# Version: 2.0 ?>\r" })).toMatchObject({
      version: "2.0",
    });
  });
  it("may stand in another file than the usual one, which the lock then names", () => {
    const files = { "main.php": head("Plugin Name: Odd", "Version: 1.0"), "a.php": "<?php\n" };
    expect(plugin(files)).toMatchObject({ facts: { file: "main.php" } });
    const usual = { ...files, "odd.php": head("Plugin Name: Odd", "Version: 2.0") };
    expect(plugin(usual)).toEqual({ kind: "read", version: "2.0", facts: { requiresPlugins: [] } });
  });
  it("are made up for by the readme, and nothing is made of what is no version", () => {
    const file = head("Plugin Name: Odd", "Version: 1.0", "Requires PHP: 7.4+");
    const readme = "=== Odd ===\nRequires at least: 6.1\nRequires PHP: latest\n";
    expect(plugin({ "odd.php": file, "readme.txt": readme })).toMatchObject({
      facts: { requires: "6.1", requiresPlugins: [] },
    });
  });
  it("keep a version that is none, so that it differs from every lock", () => {
    const evil = head("Plugin Name: Odd", "Version: 1.0-evil");
    expect(plugin({ "odd.php": evil })).toMatchObject({ version: "1.0-evil" });
  });
  it("have to be there, in a file whose name can be pinned", () => {
    expect(plugin({})).toEqual(unsafe);
    expect(plugin({ "odd.php": "<?php // nothing\n" })).toEqual(unsafe);
    expect(plugin({ ".odd.php": head("Plugin Name: Odd") })).toEqual(unsafe);
  });
});

describe("a theme's headers", () => {
  it("stand in style.css, with the parent's folder", () => {
    const css = "/*\nTheme Name: Odd\nTemplate: twentytwentyfive\nVersion: 1.1\n*/";
    expect(theme(css)).toEqual({
      kind: "read",
      version: "1.1",
      facts: { requiresPlugins: [], template: "twentytwentyfive" },
    });
  });
  it("have to name a theme, and a parent that is a folder's name", () => {
    expect(theme("/* Version: 1.0 */")).toEqual(unsafe);
    expect(theme("/*\nTheme Name: Odd\nTemplate: ../up\n*/")).toEqual(unsafe);
  });
});

describe("WordPress itself", () => {
  const core = (text: string) =>
    readHeaders(id("core@7.1"), new Map([["wp-includes/version.php", text]]));

  it("has a version, a database version and a least PHP", () => {
    const text =
      "<?php\n$wp_version = '7.1';\n$wp_db_version = 60717;\n$required_php_version = '7.4';";
    expect(core(text)).toEqual({
      kind: "read",
      version: "7.1",
      facts: { requiresPlugins: [], requiresPhp: "7.4", dbVersion: 60717 },
    });
    expect(core("<?php\n$wp_version = '7.1';\n")).toMatchObject({ facts: { requiresPlugins: [] } });
  });
  it("is not there without version.php", () => {
    expect(core("<?php\n")).toEqual(unsafe);
    expect(readHeaders(id("core@7.1"), new Map())).toEqual(unsafe);
  });
});

it.each([
  ["core@7.1", "wp-includes/version.php", true],
  ["core@7.1", "readme.txt", false],
  ["plugins/odd@1", "odd.php", true],
  ["plugins/odd@1", "inc/odd.php", false],
  ["plugins/odd@1", "readme.txt", true],
  ["plugins/odd@1", "style.css", false],
  ["themes/odd@1", "style.css", true],
  ["themes/odd@1", "functions.php", false],
])("of %s the file %s is wanted: %s", (name, file, wanted) => {
  expect(wantedFile(id(name), file)).toBe(wanted);
});
