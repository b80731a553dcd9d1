/**
 * What the App is started with: environment variables, all read and judged together, so that a
 * wrong start fails at once and names everything that is wrong. docs/operations.md lists them.
 */
import { readFileSync } from "node:fs";
import { CountersignError, type ErrorCode } from "../errors.ts";
import { FAILPOINTS } from "../failpoint.ts";

export interface DatabaseSettings {
  readonly databaseFile: string;
  /** PostgreSQL, instead of the file. */
  readonly databaseUrl: string | null;
}

export interface Settings extends DatabaseSettings {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** 32 bytes in base64url: every signing key derives from it. */
  readonly seed: string;
  readonly githubApiUrl: string;
  /** Where files of known vulnerabilities are; `null`: none are read. */
  readonly feedsFolder: string | null;
  readonly host: string;
  readonly port: number;
  /** The address at which sites reach this server; `null` where a person carries their pairings. */
  readonly publicUrl: string | null;
  /** Proxies of ours before this server: as many entries of `X-Forwarded-For` are believed. */
  readonly proxies: number;
  readonly logLevel: LogLevel;
  readonly sweepSeconds: number;
  /** Octokit's one write a second: on wherever GitHub's limits are real. */
  readonly throttle: boolean;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

type Environment = Readonly<Record<string, string | undefined>>;
type Problem = { readonly code: ErrorCode; readonly text: string };

const minSecretBytes = 32;

/**
 * @throws CountersignError `webhook_secret_weak`, `seed_invalid` or `config_missing`: the first
 * problem's code, and every problem in the text
 */
export function readSettings(env: Environment): Settings {
  const problems: Problem[] = [];
  const missing = (text: string) => problems.push({ code: "config_missing", text });

  const appId = Number(env["APP_ID"]);
  if (!Number.isSafeInteger(appId) || appId < 1) missing("APP_ID is not the App's numeric id");
  const privateKey = readPrivateKey(env, missing);
  const webhookSecret = env["WEBHOOK_SECRET"] ?? "";
  if (Buffer.byteLength(webhookSecret) < minSecretBytes) {
    // Probot would fall back to "development" and accept forged events.
    problems.push({
      code: "webhook_secret_weak",
      text: `WEBHOOK_SECRET has ${Buffer.byteLength(webhookSecret)} bytes and needs ${minSecretBytes}`,
    });
  }
  const seed = env["COUNTERSIGN_SEED"] ?? "";
  if (!/^[A-Za-z0-9_-]{43}$/u.test(seed)) {
    problems.push({ code: "seed_invalid", text: "COUNTERSIGN_SEED is not 32 bytes in base64url" });
  }
  const port = readCount(env, "PORT", 3000, missing);
  const proxies = readCount(env, "COUNTERSIGN_PROXIES", 0, missing);
  const sweepSeconds = readCount(env, "COUNTERSIGN_SWEEP_SECONDS", 60, missing);
  const publicUrl = readPublicUrl(env, missing);
  const logLevel = logLevels.find((level) => level === (env["LOG_LEVEL"] ?? "info"));
  if (logLevel === undefined) missing(`LOG_LEVEL is none of ${logLevels.join(", ")}`);

  const failpoint = env["COUNTERSIGN_FAILPOINT"];
  if (failpoint !== undefined && !Object.hasOwn(FAILPOINTS, failpoint)) {
    missing("COUNTERSIGN_FAILPOINT names none of `countersign failpoints`");
  }
  const database = readDatabase(env, missing);

  const [first] = problems;
  if (first !== undefined) throw startFault(first, problems);
  return {
    appId,
    privateKey,
    webhookSecret,
    seed,
    githubApiUrl: env["GITHUB_API_URL"] ?? "https://api.github.com",
    ...database,
    feedsFolder: env["COUNTERSIGN_FEEDS"] ?? null,
    host: env["HOST"] ?? "127.0.0.1",
    port,
    publicUrl,
    proxies,
    logLevel: logLevel ?? "info",
    sweepSeconds,
    throttle: env["COUNTERSIGN_THROTTLE"] !== "off",
  };
}

function readDatabase(env: Environment, missing: (text: string) => void): DatabaseSettings {
  const databaseUrl = env["DATABASE_URL"] ?? null;
  if (databaseUrl !== null && !/^postgres(?:ql)?:\/\//u.test(databaseUrl)) {
    missing("DATABASE_URL does not begin with postgres://");
  }
  return { databaseFile: env["COUNTERSIGN_DATABASE"] ?? "data/countersign.sqlite", databaseUrl };
}

/** For commands that need the database alone. @throws CountersignError `config_missing` */
export function readDatabaseSettings(env: Environment): DatabaseSettings {
  const problems: Problem[] = [];
  const settings = readDatabase(env, (text) => problems.push({ code: "config_missing", text }));
  const [first] = problems;
  if (first !== undefined) throw startFault(first, problems);
  return settings;
}

function readPrivateKey(env: Environment, missing: (text: string) => void): string {
  const path = env["PRIVATE_KEY_PATH"];
  const inline = env["PRIVATE_KEY"]?.replaceAll(String.raw`\n`, "\n");
  try {
    const key = inline ?? (path === undefined ? "" : readFileSync(path, "utf8"));
    if (key.includes("PRIVATE KEY-----")) return key;
  } catch {
    missing(`PRIVATE_KEY_PATH names ${path}, which cannot be read`);
    return "";
  }
  missing("PRIVATE_KEY (or the file PRIVATE_KEY_PATH) is not the App's private key");
  return "";
}

/** Without a slash at its end. */
function readPublicUrl(env: Environment, missing: (text: string) => void): string | null {
  const text = env["COUNTERSIGN_URL"];
  if (text === undefined) return null;
  const url = URL.parse(text);
  const isPlain = url !== null && url.search === "" && url.hash === "" && url.username === "";
  if (isPlain && /^https?:$/u.test(url.protocol)) return url.href.replace(/\/+$/u, "");
  missing("COUNTERSIGN_URL is not the http(s) address of this server");
  return null;
}

function readCount(
  env: Environment,
  name: string,
  usual: number,
  missing: (text: string) => void,
): number {
  const text = env[name];
  if (text === undefined) return usual;
  if (/^\d{1,5}$/u.test(text)) return Number(text);
  missing(`${name} is not a whole number`);
  return usual;
}

function startFault(first: Problem, problems: readonly Problem[]): CountersignError {
  const list = problems.map(({ text }) => `  - ${text}`).join("\n");
  const hints: Partial<Record<ErrorCode, string>> = {
    webhook_secret_weak:
      "Make a secret with `openssl rand -hex 32` and set it both here and in the App's settings on GitHub.",
    seed_invalid: "Make a seed with `countersign init`, and keep it in your secret manager.",
  };
  return new CountersignError(first.code, `Countersign does not start:\n${list}`, {
    hint:
      hints[first.code] ?? "Set these environment variables; docs/operations.md lists them all.",
  });
}
