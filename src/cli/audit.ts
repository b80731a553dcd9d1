/** `countersign audit`: commands that read a clone's audit log, offline. */
import type { Command } from "commander";
import { CountersignError } from "../errors.ts";
import { auditBundle, checkBundle, describeBundleReport, writeBundle } from "./audit-bundle.ts";
import { asCsv, asJsonLines, auditExport, type Span } from "./audit-export.ts";
import { auditShow, describeStory } from "./audit-show.ts";
import { auditVerify, describeReport } from "./audit-verify.ts";

interface Verifying {
  readonly against: string[];
  readonly bundle?: string;
  readonly key?: string;
  readonly json?: true;
}

export function addAudit(program: Command): void {
  const audit = program.command("audit").description("the audit log");
  audit
    .command("verify")
    .description("verify a clone's audit log, or a bundle, offline")
    .argument("[clone]", "folder of a clone of the control repository")
    .option("--against <path...>", "checkpoints, receipts or clones that may know a later head", [])
    .option("--bundle <file>", "verify this bundle, without a clone")
    .option(
      "--key <key>",
      "the log key that a bundle has to be signed with: log.key of countersign.yml",
    )
    .option("--json", "print one JSON object")
    .action(verify);
  audit
    .command("show")
    .description("what happened, who approved it, what ran")
    .argument("<what>", "a pull request's number, a site's id, or a commit")
    .option("--clone <folder>", "a clone of the control repository", ".")
    .option("--json", "print one JSON object")
    .action(async (what: string, { clone, json }: { clone: string; json?: true }) => {
      const story = await auditShow(clone, what);
      console.log(json ? JSON.stringify(story) : describeStory(story));
      process.exitCode = story.log.ok ? 0 : 1;
    });
  audit
    .command("bundle")
    .description("write one file that proves elsewhere what the log says of a proposal or a site")
    .argument("<what>", "a pull request's number, a site's id, or a commit")
    .requiredOption("-o, --output <file>", "the file to write")
    .option("--clone <folder>", "a clone of the control repository", ".")
    .action(async (what: string, { clone, output }: { clone: string; output: string }) => {
      const bundle = await auditBundle(clone, what);
      await writeBundle(output, bundle);
      console.log(`${bundle.entries.length} entries with their proofs are in ${output}.`);
    });
  audit
    .command("export")
    .description("print the entries of a time span, as JSON lines or as a table")
    .option("--from <day>", "the first day or instant, in UTC")
    .option("--to <day>", "the day or instant before which it ends, in UTC")
    .option("--clone <folder>", "a clone of the control repository", ".")
    .option("--csv", "a table with one line for each entry")
    .option("--json", "JSON lines, which is what it prints anyway")
    .action(async ({ clone, csv, ...span }: Span & { clone: string; csv?: true }) => {
      const exported = await auditExport(clone, span);
      const lines = csv ? asCsv(exported) : asJsonLines(exported);
      process.stdout.write(lines.map((line) => `${line}\n`).join(""));
      if (!exported.ok) console.error("The log does not verify: run `countersign audit verify`.");
      process.exitCode = exported.ok ? 0 : 1;
    });
}

async function verify(folder: string | undefined, options: Verifying): Promise<void> {
  const { bundle, key, against, json } = options;
  if ((folder === undefined) === (bundle === undefined)) {
    throw new CountersignError("usage", "Name a clone or a bundle, one of the two.", {
      hint: "countersign audit verify <clone>, or countersign audit verify --bundle <file>",
    });
  }
  if (bundle !== undefined) {
    const report = await checkBundle(bundle, key);
    console.log(json ? JSON.stringify(report) : describeBundleReport(report));
    process.exitCode = report.ok ? 0 : 1;
    return;
  }
  const report = await auditVerify(folder ?? "", { against });
  console.log(json ? JSON.stringify(report) : describeReport(report));
  process.exitCode = report.ok ? 0 : 1;
}
