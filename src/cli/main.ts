/** The command line: a table of contents. Exit codes: 0 fine, 1 findings, 2 usage, 3 cannot reach, 4 refused. */
import { Command, CommanderError } from "commander";
import { CountersignError } from "../errors.ts";
import { openPackages } from "../wordpress/packages.ts";
import { addAudit } from "./audit.ts";
import { exitCodeOf } from "./exit-code.ts";
import { describeFailpoints } from "./failpoints.ts";
import { addInit } from "./init-command.ts";
import { describeKeys, keysExitCode, listKeys } from "./keys-list.ts";
import { describeRecovered, recoverKeys, type RecoverOptions } from "./keys-recover.ts";
import { describePairing, type PairOptions, pairSite } from "./pair.ts";
import { pinClone } from "./pin.ts";
import { explainPolicy, testPolicy } from "./policy.ts";
import { describePlan, planClone, planExitCode, planJson, type PlanOptions } from "./plan.ts";
import { readText } from "./read-text.ts";
import { requireRuntime } from "./runtime.ts";
import { simulate } from "./simulate.ts";
import { addReading, addSpoken } from "./spoken.ts";

const program = new Command("countersign")
  .description("Change control for WordPress fleets: GitOps with a second signature.")
  .exitOverride()
  .hook("preAction", () => requireRuntime());

program
  .command("serve")
  .description("run the GitHub App; docs/operations.md lists its environment variables")
  .action(async () => (await import("./serve.ts")).serve());

program
  .command("queue")
  .description("what waits, runs and has failed for good; needs DATABASE_URL or the database file")
  .option("--json", "print one JSON object")
  .action(async ({ json }: { json?: true }) => {
    const { describeQueue, readQueue } = await import("./queue.ts");
    const report = await readQueue(process.env);
    console.log(json ? JSON.stringify(report) : describeQueue(report));
    process.exitCode = report.dead === 0 ? 0 : 1;
  });

program
  .command("rebuild")
  .description("make a lost database anew from the audit branches and the sites")
  .action(async () => {
    const { rebuildDatabase } = await import("./rebuild.ts");
    process.exitCode = await rebuildDatabase(process.env);
  });

addInit(program);

program
  .command("pair")
  .description("open the window for one pairing, and print the string for the site's administrator")
  .argument("<site>", "the site's id")
  .option("--repository <owner/name>", "the control repository: the clone's origin unless given")
  .option("--issue <number>", "where to comment: an issue of its own unless given")
  .option("--clone <folder>", "a fresh clone of the control repository", ".")
  .action(async (site: string, options: Omit<PairOptions, "site">) => {
    const report = await pairSite({ ...options, site });
    console.log(describePairing(report, site));
    process.exitCode = report.kind === "opened" ? 0 : 4;
  });

program
  .command("plan")
  .description("the plan of a clone: the same, byte for byte, that the App shows")
  .option("--before <ref>", "where it begins: the last attested commit unless given")
  .option("--after <ref>", "the proposal's head: what is checked out unless given")
  .option("--site <id>", "this site's part alone")
  .option("--json", "print one JSON object")
  .action(async ({ json, ...options }: PlanOptions & { json?: true }) => {
    const report = await planClone(process.cwd(), options);
    console.log(json ? JSON.stringify(planJson(report)) : describePlan(report));
    process.exitCode = planExitCode(report);
  });

program
  .command("pin")
  .description("write package locks into a clone, from the sources of its countersign.yml")
  .argument("<package...>", "like plugins/akismet@5.4, themes/storefront@4.6.0 or core@7.1.1")
  .option("--site <id...>", "set these versions in the files of these sites, too", [])
  .option("--repin", "replace locks that say something else than their source")
  .action(async (names: string[], { site, repin }: { site: string[]; repin?: true }) => {
    const onProgress = (line: string) => console.error(line);
    const options = { names, sites: site, repin: repin === true };
    const report = await pinClone(process.cwd(), options, { packages: openPackages(), onProgress });
    console.log(report.lines.join("\n"));
    process.exitCode = report.exitCode;
  });

program
  .command("simulate")
  .description("answer facts offline, one JSON object a line: docs/policy.md")
  .requiredOption("--facts <file>", "JSON lines of facts; - reads standard input")
  .option("--json", "print one JSON object a line, which is what it does anyway")
  .action(async ({ facts }: { facts: string }) => {
    const { lines, exitCode } = simulate(await readText(facts));
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    process.exitCode = exitCode;
  });

const policy = program.command("policy").description("the rules of countersign.yml");
for (const [name, run, description] of [
  ["test", testPolicy, "run tests/*.yml against the policy beside them"],
  ["explain", explainPolicy, "tell every rule in words, the built-in ones with their switch"],
] as const) {
  policy
    .command(name)
    .description(description)
    .argument("[folder]", "a clone of the control repository, as it stands", ".")
    .action(async (folder: string) => {
      const { lines, exitCode } = await run(folder);
      console.log(lines.join("\n"));
      process.exitCode = exitCode;
    });
}

addSpoken(program);
addReading(program);
addAudit(program);
const keys = program.command("keys").description("the keys of a fleet");
keys
  .command("list")
  .description("which keys each paired site and the control plane speak with, and how old they are")
  .argument("[clone]", "folder of a clone of the control repository", ".")
  .option("--json", "print one JSON object")
  .action(async (folder: string, options: { json?: true }) => {
    const report = await listKeys(folder, Math.floor(Date.now() / 1000));
    console.log(options.json ? JSON.stringify(report) : describeKeys(report).join("\n"));
    process.exitCode = keysExitCode(report);
  });

keys
  .command("recover")
  .description("with the recovery key, offline: a new seed, and new keys for every site")
  .argument("[clone]", "folder of a clone of the control repository", ".")
  .requiredOption("--recovery-key <file>", "the recovery key; - reads standard input")
  .option("--seed <file>", "a new seed that is there already; one is made unless given")
  .action(async (clone: string, options: Pick<RecoverOptions, "recoveryKey" | "seed">) => {
    const now = Math.floor(Date.now() / 1000);
    console.log(describeRecovered(await recoverKeys({ ...options, clone }, now)));
  });

program
  .command("failpoints")
  .description("steps at which COUNTERSIGN_FAILPOINT=<name> ends the program: for tests")
  .option("--json", "print one JSON object")
  .action((options: { json?: true }) => {
    console.log(describeFailpoints(options.json === true ? "json" : "text"));
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof CountersignError) {
    console.error(`${error.message}\n${error.hint} (${error.code})`);
    process.exitCode = exitCodeOf(error.code);
  } else throw error;
}
