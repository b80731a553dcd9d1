/** What the pages say of commands, files, variables and words is true of the code. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Baseline } from "../src/contract/baseline.ts";
import { readControlFile } from "../src/contract/control-file.ts";
import { roleOfPath } from "../src/contract/control-repository.ts";
import { readFleetConfig } from "../src/contract/fleet-config.ts";
import { Operation } from "../src/contract/operation.ts";
import { PackageLock } from "../src/contract/package-lock.ts";
import { SiteFile } from "../src/contract/site-file.ts";
import { appPermissions } from "../sandbox/github/seed.ts";
import {
  anchorsOf,
  blocksOf,
  codesOf,
  filesOf,
  firstColumn,
  isThere,
  linksOf,
  page,
  type Page,
  readText,
  ROOT,
  sectionOf,
} from "./support/pages.ts";

const PAGES = [...filesOf("docs/**/*.md"), "README.md", "CONTRIBUTING.md", "SECURITY.md"].map(page);
const named = PAGES.map((one) => [one.path, one] as const);
const blocks = (language: string) =>
  PAGES.flatMap((one) =>
    blocksOf(one)
      .filter((block) => block.language === language)
      .map(({ text }) => [one.path, text] as const),
  );

const operations = page("docs/operations.md");
const manifest = JSON.parse(readText("package.json")) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** Pages that somebody is writing: a link to them is judged as soon as they are there. */
const OWED = new Set(["docs/errors.md", "docs/policy.md"]);

describe("a link", () => {
  const links = PAGES.flatMap((one) => linksOf(one).map((to) => [one.path, to] as const));
  const relative = links.filter(([, to]) => !/^[a-z]+:/u.test(to));
  it.each(relative)("%s leads to %s", (from, to) => {
    const [file = "", anchor] = to.split("#");
    const target = file === "" ? from : path.join(path.dirname(from), file);
    if (OWED.has(target) && !isThere(target)) return;
    expect(isThere(target)).toBe(true);
    if (anchor !== undefined) expect([...anchorsOf(page(target))]).toContain(anchor);
  });
  it("is found in most pages", () => {
    expect(new Set(relative.map(([from]) => from)).size).toBeGreaterThan(4);
  });
});

describe("a YAML block", () => {
  const files = blocks("yaml").map(([from, text]) => {
    const [, name] = /^# ([\w./-]+\.yml)$/mu.exec(text.split("\n")[0] ?? "") ?? [];
    return [from, name ?? "", text] as const;
  });
  const ofFiles = files.filter(([, name]) => name !== "");

  function errorsIn(name: string, content: string): readonly { message: string }[] {
    const role = roleOfPath(name);
    if (name === "countersign.yml") {
      const reading = readFleetConfig(content);
      return reading.kind === "invalid" ? reading.findings : [];
    }
    const schema =
      role.kind === "site"
        ? SiteFile
        : role.kind === "baseline"
          ? Baseline
          : role.kind === "package"
            ? PackageLock
            : role.kind === "operation"
              ? Operation
              : null;
    if (schema === null) return [{ message: `${name} is no file of a control repository` }];
    const reading = readControlFile({ path: name, content }, schema);
    return reading.kind === "invalid" ? reading.findings : [];
  }

  it.each(ofFiles)("in %s is a valid %s", (_, name, text) => {
    expect(errorsIn(name, text)).toEqual([]);
  });
  it("would be found wrong", () => {
    expect(errorsIn("sites/a.yml", "url: nonsense\n")).not.toEqual([]);
    expect(errorsIn("countersign.yml", "version: 2\n")).not.toEqual([]);
    expect(errorsIn("a.yml", "")).not.toEqual([]);
  });
  it("shows every file that a start needs", () => {
    const shown = ofFiles.filter(([from]) => from === "docs/getting-started.md");
    const kinds = new Set(shown.map(([, name]) => roleOfPath(name).kind));
    expect(kinds).toEqual(new Set(["policy", "site", "package"]));
  });
});

const helpTexts = new Map<string, string>();

/** The help of a command, as a person reads it. */
function help(...command: string[]): string {
  const name = command.join(" ");
  const text = helpTexts.get(name) ?? askForHelp(command);
  helpTexts.set(name, text);
  return text;
}

function askForHelp(command: readonly string[]): string {
  const main = path.join(ROOT, "src/cli/main.ts");
  const args = [main, ...command, "--help"];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`countersign ${command.join(" ")} --help ended with ${status}`);
  return stdout;
}

function commandsIn(text: string): string[] {
  const [, list = ""] = text.split("Commands:\n");
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gmu)].flatMap(([, name]) => name ?? []);
}

const COMMANDS = new Set(commandsIn(help()).filter((name) => name !== "help"));
const optionsOf = (text: string): string[] => text.match(/--[a-z-]+/gu) ?? [];

/** What is wrong with the words after `countersign`; empty for a command as it is. */
function commandFault(words: readonly string[]): string {
  const [name = "", ...rest] = words;
  if (name.startsWith("-")) return name === "--help" ? "" : `no option ${name}`;
  if (!COMMANDS.has(name)) return `no command ${name}`;
  const inner = commandsIn(help(name));
  const command = inner.includes(rest[0] ?? "") ? [name, rest[0] ?? ""] : [name];
  const known = optionsOf(help(...command));
  const unknown = rest.filter((word) => word.startsWith("--") && !known.includes(word));
  return unknown.map((option) => `no option ${option}`).join(", ");
}

/** Programs that a reader's machine has; what they are called with is theirs to judge. */
const OTHERS = new Set(["cd", "curl", "gh", "git", "openssl", "sha256sum", "wc"]);

function lineFault(line: string): string {
  const words = line
    .replace(/ +#.*$/u, "")
    .split(/ +/u)
    .filter((word) => !/^[A-Z_]+=/u.test(word));
  const [program = "", ...rest] = words;
  if (program === "countersign") return commandFault(rest);
  if (program !== "npm") return OTHERS.has(program) ? "" : `who has ${program}?`;
  const [verb = "", ...more] = rest.filter((word) => word !== "-s");
  if (verb === "ci") return "";
  const script = verb === "run" ? (more[0] ?? "") : verb;
  if (!Object.hasOwn(manifest.scripts, script)) return `no script ${script}`;
  const passed = more.slice(more.indexOf("--") + 1);
  return script === "countersign" ? commandFault(passed) : "";
}

describe("a line of a shell block", () => {
  const lines = blocks("sh").flatMap(([from, text]) =>
    text
      .split("\n")
      .flatMap((line) => line.split(" && "))
      .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("countersign()"))
      .map((line) => [from, line] as const),
  );
  it.each(lines)("of %s can be run: %s", (_, line) => {
    expect(lineFault(line)).toBe("");
  });
  it.each([
    ["countersign paint", "no command paint"],
    ["countersign init --repositry 1", "no option --repositry"],
    ["countersign audit verify . --agianst x", "no option --agianst"],
    ["npm run -s countersign -- paint", "no command paint"],
    ["npm run dmeo", "no script dmeo"],
    ["npx thing", "who has npx?"],
  ])("would be found wrong: %s", (line, fault) => {
    expect(lineFault(line)).toBe(fault);
  });
});

describe("a command in prose", () => {
  const names = ["getting-started", "protocol", "threat-model", "operations"];
  const said = names.flatMap((name) =>
    codesOf(page(`docs/${name}.md`)).flatMap((code) => {
      const [, command] = /^countersign ([a-z-]+)/u.exec(code) ?? [];
      return command === undefined ? [] : [command];
    }),
  );
  it("exists", () => {
    expect(said.filter((one) => !COMMANDS.has(one))).toEqual([]);
    expect(new Set(said.filter((one) => COMMANDS.has(one))).size).toBeGreaterThan(2);
  });
});

describe("docs/operations.md", () => {
  const settings = readText("src/server/settings.ts");
  it("lists every environment variable of the settings, and no other", () => {
    const read = [...settings.matchAll(/env\["([A-Z_]+)"\]|readCount\(env, "([A-Z_]+)"/gu)];
    const used = new Set(read.map(([, one, other]) => one ?? other));
    const listed = firstColumn(sectionOf(operations, "Environment variables"));
    expect(new Set(listed)).toEqual(used);
    expect(new Set(listed).size).toBe(listed.length);
  });
  it("names the usual values that the settings have", () => {
    const section = sectionOf(operations, "Environment variables");
    const usual = [
      ...settings.matchAll(/env\["([A-Z_]+)"\] \?\? "([^"]+)"/gu),
      ...settings.matchAll(/readCount\(env, "([A-Z_]+)", (\d+)/gu),
    ];
    expect(usual.length).toBeGreaterThan(4);
    for (const [, name = "", value = ""] of usual) {
      const row = section.split("\n").find((line) => line.startsWith(`| \`${name}\``)) ?? "";
      expect(row.split("|")[3]?.trim()).toBe(`\`${value}\``);
    }
  });
  it("lists the levels of the log", () => {
    const [, list = ""] = /logLevels = \[([^\]]+)\]/u.exec(settings) ?? [];
    const levels = list.replaceAll('"', "`");
    expect(operations.text.replaceAll(/\s+/gu, " ")).toContain(`is one of ${levels}.`);
  });
  it.each([
    ["/countersign/health", "health.ts"],
    ["/countersign/metrics", "health.ts"],
    ["/api/github/webhooks", "start.ts"],
  ])("names the address %s", (address, file) => {
    expect(readText(`src/server/${file}`)).toContain(`"${address}"`);
    expect(operations.text).toContain(address);
  });

  const app = sectionOf(operations, "Installing the App");
  const [, events = ""] = /^Events: ([^.]+)\./mu.exec(app) ?? [];
  const subscribed = [...events.matchAll(/`([a-z_]+)`/gu)].flatMap(([, name]) => name ?? []);
  it("lists the events that the App listens to", () => {
    const heard = [...readText("src/app.ts").matchAll(/"([a-z_]+)(?:\.[a-z_]+)?"[,\]]/gu)];
    const names = new Set(heard.flatMap(([, name]) => name ?? []));
    // Every App hears of these, asked or not.
    names.delete("installation");
    names.delete("installation_repositories");
    expect(new Set(subscribed)).toEqual(names);
  });
  it("asks for the permissions of the App's manifest, and the sandbox grants no more", () => {
    const asked = isThere("app.yml")
      ? (parse(readText("app.yml")) as { default_permissions: object }).default_permissions
      : appPermissions;
    const names = firstColumn(app).map((name) =>
      name.replace(/ \(.*/u, "").toLowerCase().replaceAll(" ", "_"),
    );
    expect(names.toSorted()).toEqual(Object.keys(asked).toSorted());
    expect(Object.keys(appPermissions).filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe("docs/decisions", () => {
  const decisions = filesOf("docs/decisions/*.md").map(page);
  it("are numbered without a gap, by file and by title", () => {
    const numbers = decisions.map((one) => Number(path.basename(one.path).slice(0, 4)));
    expect(numbers).toEqual(decisions.map((_, index) => index + 1));
    const titles = decisions.map(({ text }) => Number(/^# (\d+)\. /u.exec(text)?.[1]));
    expect(titles).toEqual(numbers);
  });
  it.each(decisions.map((one) => [one.path, one] as const))(
    "%s has 40 lines at most, tables apart",
    (_, one) => {
      const prose = one.text
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("|"));
      expect(prose.length).toBeLessThanOrEqual(40);
    },
  );
  it("give every dependency its line, and no other package", () => {
    const { text } = page("docs/decisions/0001-dependencies.md");
    const rows = [...text.matchAll(/^\| `([^`]+)` +\| (run|dev) +\| [^|]{10,}\|$/gmu)];
    const of = (kind: string) => rows.flatMap(([, name, is]) => (is === kind ? (name ?? []) : []));
    expect(of("run").toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
    expect(of("dev").toSorted()).toEqual(Object.keys(manifest.devDependencies).toSorted());
  });
});

describe("the glossary", () => {
  const glossary = page("docs/glossary.md");
  const forbidden = firstColumn(sectionOf(glossary, "Words that are not used"));
  const sources = filesOf("src/**/*.ts", "connector/**/*.php", "connector/**/*.txt").map(page);

  /** A word of two parts is looked for with a space, a hyphen or an underscore between them. */
  const uses = (text: string, word: string): boolean =>
    new RegExp(String.raw`\b${word.replaceAll(/[ -]/gu, "[ _-]")}`, "iu").test(text);

  it("has its words in order, each once", () => {
    const [table = ""] = glossary.text.split("## Words");
    const words = firstColumn(table);
    expect(words.length).toBeGreaterThan(50);
    expect(words).toEqual([...new Set(words)].toSorted((a, b) => a.localeCompare(b, "en")));
  });
  it.each(forbidden)("does without %s, and so do the sources", (word) => {
    expect(uses(`A ${word} of it.`, word)).toBe(true);
    expect(sources.filter(({ text }) => uses(text, word)).map((one) => one.path)).toEqual([]);
  });
});

describe("every page", () => {
  it.each<readonly [string, Page]>(named)("%s begins with its title, and has one", (_, one) => {
    const prose = one.text.replaceAll(/^```.*?^```$/gmsu, "");
    expect(prose.startsWith("# ")).toBe(true);
    expect(prose.match(/^# /gmu)).toHaveLength(1);
  });
  it.each<readonly [string, Page]>(named)("%s names no machine", (_, one) => {
    expect(one.text).not.toMatch(/\/(?:home|Users|root|tmp|work)\//u);
  });
});
