/**
 * What a run is started with: the inputs of `action.yml`, and what the runner says about the run.
 * Everything is judged together, before anything is asked of GitHub.
 */
import { z } from "zod";
import { CountersignError } from "../src/errors.ts";

/** Held equal to `action.yml` by a test. */
export const INPUTS = {
  mode: { required: false, default: "review" },
  seed: { required: false, default: "" },
  token: { required: false, default: "${{ github.token }}" },
  timeout: { required: false, default: "600" },
  app: { required: false, default: "15368" },
  clone: { required: false, default: "." },
} as const;

export const OUTPUTS = ["verdict", "reason_code", "plan_digest", "risk", "counts", "json"] as const;

export type Mode = "review" | "apply" | "reconcile" | "verify-audit";

export interface Inputs {
  readonly mode: Mode;
  /** Empty where the workflow holds none. */
  readonly seed: string;
  readonly token: string;
  readonly timeoutSeconds: number;
  /** The numeric id of the App in whose name the token writes. */
  readonly appId: number;
  readonly clone: string;
}

export interface Run {
  readonly event: string;
  readonly owner: string;
  readonly repo: string;
  readonly ref: string;
  readonly workflowRef: string;
  readonly apiUrl: string;
  readonly eventPath: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const Mode = z.enum(["review", "apply", "reconcile", "verify-audit"]);

/** @throws CountersignError `config_missing`, naming everything that is wrong */
export function readInputs(env: Environment): Inputs {
  const input = (name: keyof typeof INPUTS) =>
    (env[`INPUT_${name.toUpperCase()}`] ?? INPUTS[name].default).trim();
  const problems: string[] = [];
  const count = (name: "timeout" | "app", most: number): number => {
    const text = input(name);
    if (/^[1-9]\d{0,9}$/u.test(text) && Number(text) <= most) return Number(text);
    problems.push(`\`${name}\` is no whole number from 1 to ${most}`);
    return 1;
  };
  const mode = Mode.safeParse(input("mode"));
  if (!mode.success) problems.push(`\`mode\` is none of ${Mode.options.join(", ")}`);
  const seed = input("seed");
  if (seed !== "" && !/^[A-Za-z0-9_-]{43}$/u.test(seed)) {
    problems.push("`seed` is not 32 bytes in base64url");
  }
  const inputs = {
    mode: mode.data ?? "review",
    seed,
    token: input("token"),
    timeoutSeconds: count("timeout", 21_600),
    appId: count("app", 9_999_999_999),
    clone: input("clone"),
  };
  if (problems.length > 0) throw missing(problems);
  return inputs;
}

/** @throws CountersignError `config_missing` outside of a runner */
export function readRun(env: Environment): Run {
  const problems: string[] = [];
  const given = (name: string): string => {
    const text = env[name] ?? "";
    if (text === "") problems.push(`${name} is not set`);
    return text;
  };
  const [owner = "", repo = ""] = given("GITHUB_REPOSITORY").split("/");
  const run = {
    event: given("GITHUB_EVENT_NAME"),
    owner,
    repo,
    ref: given("GITHUB_REF"),
    workflowRef: given("GITHUB_WORKFLOW_REF"),
    apiUrl: given("GITHUB_API_URL"),
    eventPath: env["GITHUB_EVENT_PATH"] ?? null,
  };
  if (problems.length > 0) throw missing(problems);
  return run;
}

function missing(problems: readonly string[]): CountersignError {
  const list = problems.map((text) => `  - ${text}`).join("\n");
  return new CountersignError("config_missing", `The run cannot begin:\n${list}`, {
    hint: "Compare the workflow with the ones in docs/examples/workflows.",
  });
}
