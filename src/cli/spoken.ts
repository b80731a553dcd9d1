/** The commands of the CLI that are comments, and those that read the log of a clone. */
import type { Command } from "commander";
import { type CommandName, usageOf } from "../domain/commands.ts";
import { CountersignError } from "../errors.ts";
import { type SayOptions, sayCommand } from "./say.ts";
import { describeDrift, isDrifting, readDrift } from "./drift.ts";
import { describeIncident, describeStatus, readIncident, readStatus } from "./status.ts";

const spoken = {
  hold: "stop everything on a site or the fleet but approved recoveries",
  release: "end a hold, once its cause is gone",
  panic: "stop the fleet: two people have to release it",
  compromised: "report a key as known to somebody else: contained until it is replaced",
  override: "override a soft rule for the plan that is shown",
  retry: "try a merged plan again where it did not end well",
  resume: "do the same for everything that is left of a plan",
  abandon: "give up what is left of a plan",
  rollback: "have a site take back the newest plan that it applied",
  "break-glass": "stand in for the approvals of one gate, with a second person",
  reviewed: "close an incident about broken glass: what the review of it found",
  rotate: "give a site a new action key, without stopping its deliveries",
  recheck: "have everything about a proposal read again",
} as const satisfies Partial<Record<CommandName, string>>;

function isSpoken(name: string): name is keyof typeof spoken {
  return Object.hasOwn(spoken, name);
}

/** Each says `/countersign …` as the person, and prints the App's answer. */
export function addSpoken(program: Command): void {
  for (const name of Object.keys(spoken).filter(isSpoken)) {
    program
      .command(name)
      .description(`${spoken[name]}; says ${usageOf(name)} as you`)
      .argument("[words...]", "what follows the command's name")
      .option("--on <number>", "the pull request or issue; the control issue unless given")
      .option("--repository <owner/name>", "that of the clone's origin unless given")
      .action(async (words: string[], options: SayOptions) => {
        const { text, exitCode } = await sayCommand(name, words, options);
        console.log(text);
        process.exitCode = exitCode;
      });
  }
}

/** What the log says now: read from a clone, offline. */
export function addReading(program: Command): void {
  program
    .command("status")
    .description(
      "levels, open actions, drift, silence and incidents, as a clone's audit log has them",
    )
    .argument("[site]", "one site alone")
    .option("--clone <folder>", "a clone of the control repository", ".")
    .option("--json", "print one JSON object")
    .action(async (site: string | undefined, options: { clone: string; json?: true }) => {
      const status = await readStatus(options.clone, site);
      console.log(options.json ? JSON.stringify(status) : describeStatus(status));
    });
  program
    .command("drift")
    .description(
      "what sites run other than the attested commit wants, as a clone's audit log has it",
    )
    .option("--clone <folder>", "a clone of the control repository", ".")
    .option("--json", "print one JSON object")
    .action(async (options: { clone: string; json?: true }) => {
      const drift = await readDrift(options.clone);
      console.log(options.json ? JSON.stringify(drift) : describeDrift(drift));
      process.exitCode = isDrifting(drift) ? 1 : 0;
    });
  program
    .command("incident")
    .description("the incidents of the fleet")
    .command("show")
    .description("everything that the log says about one")
    .argument("<number>", "of its issue")
    .option("--clone <folder>", "a clone of the control repository", ".")
    .option("--json", "print one JSON object")
    .action(async (number: string, options: { clone: string; json?: true }) => {
      if (!/^[1-9]\d{0,9}$/u.test(number)) {
        throw new CountersignError("usage", `${JSON.stringify(number)} is no number of an issue.`, {
          hint: "`countersign status` lists the open incidents.",
        });
      }
      const incident = await readIncident(options.clone, Number(number));
      console.log(options.json ? JSON.stringify(incident) : describeIncident(incident));
    });
}
