/** `countersign init`: for the App it makes the keys, for the Action it sets the repository up. */
import type { Command } from "commander";
import { init } from "./init.ts";
import { describeInit, initAction } from "./init-action.ts";

interface Options {
  readonly repository: string;
  readonly operators: string[];
  readonly security: string[];
  readonly uses: string;
  readonly app: string;
}

export function addInit(program: Command): void {
  program
    .command("init")
    .description("begin a fleet: keys for the App, or a whole repository for the Action")
    .requiredOption(
      "--repository <id or owner/name>",
      "its numeric id: prints keys for the App; its name: sets it up for the Action, as you",
    )
    .option("--operators <login...>", "for the Action: who may approve changes", [])
    .option("--security <login...>", "for the Action: who may change the policy and pair sites", [])
    .option(
      "--uses <owner/name@ref>",
      "for the Action: what workflows use",
      "countersign/countersign@v0",
    )
    .option("--app <id>", "whose checks are required: GitHub's Actions unless given", "15368")
    .action(async ({ app, ...options }: Options) => {
      if (!options.repository.includes("/")) {
        console.log(init(options.repository));
        return;
      }
      const report = await initAction({ ...options, app: Number(app) });
      console.log(describeInit(report));
      process.exitCode = report.missing.length === 0 ? 0 : 1;
    });
}
