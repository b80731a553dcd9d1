/**
 * Boots emulate@0.12.2 in this process without its listener, and hands out its router and store.
 *
 * The package loads its GitHub plugin by a dynamic import of one chunk. Importing the same chunk
 * first and wrapping `githubPlugin.register` for the length of one start gives access to what the
 * public API hides. Starts are serialised, so instances side by side never see each other's wrap.
 */
import { readdirSync, readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createEmulator } from "emulate";
import type { AuthUser, GitHubStore } from "./rows.ts";
import type { Router } from "./router.ts";

export type Dispatch = (
  event: string,
  action: string | undefined,
  payload: Record<string, unknown>,
  owner: string,
  repo?: string,
) => Promise<void>;

export interface Internals {
  readonly router: Router;
  readonly gh: GitHubStore;
  readonly tokens: Map<string, AuthUser>;
}

export interface BootOptions {
  /** Where the caller serves it: every URL in an answer begins with this. */
  readonly origin: string;
  readonly seed: Readonly<Record<string, unknown>>;
  /** Registers routes before the emulator's own (the first match wins) and takes every event. */
  readonly overlay: (internals: Internals) => Dispatch;
}

interface Plugin {
  register(
    app: Router,
    store: unknown,
    webhooks: { dispatch: Dispatch },
    baseUrl: string,
    tokens: Map<string, AuthUser>,
  ): void;
}

interface PluginChunk {
  readonly githubPlugin: Plugin;
  readonly getGitHubStore: (store: unknown) => GitHubStore;
}

let lastStart: Promise<unknown> = Promise.resolve();

/** Resolves with the private key (PEM) of the one App in the seed. */
export function bootEmulator(options: BootOptions): Promise<string> {
  const start = lastStart.then(() => bootAlone(options));
  lastStart = start.catch(() => undefined);
  return start;
}

async function bootAlone({ origin, seed, overlay }: BootOptions): Promise<string> {
  const chunk = await loadPluginChunk();
  const { githubPlugin } = chunk;
  const original = githubPlugin.register.bind(githubPlugin);
  githubPlugin.register = (router, store, webhooks, baseUrl, tokens) => {
    dropRateLimiter(router);
    const gh = chunk.getGitHubStore(store);
    const dispatch = overlay({ router, gh, tokens });
    original(router, store, webhooks, baseUrl, tokens);
    webhooks.dispatch = dispatch;
  };
  try {
    const emulator = await createEmulator({ service: "github", port: 0, baseUrl: origin, seed });
    await emulator.close();
    const key = emulator.generatedSecrets[0]?.value;
    if (key === undefined) throw new Error("the seed names no GitHub App");
    return key;
  } finally {
    githubPlugin.register = original;
  }
}

async function loadPluginChunk(): Promise<PluginChunk> {
  const manifest = findPackageJSON("emulate", import.meta.url);
  if (manifest === undefined) throw new Error("emulate is not installed");
  const dist = path.join(path.dirname(manifest), "dist");
  const file = readdirSync(dist)
    .filter((name) => /^dist-.*\.js$/.test(name))
    .map((name) => path.join(dist, name))
    .find((name) => readFileSync(name, "utf8").includes("var githubPlugin = {"));
  if (file === undefined) throw new Error("emulate has no GitHub chunk: is it version 0.12.2?");
  const chunk: PluginChunk = await import(pathToFileURL(file).href);
  return chunk;
}

/**
 * Crash and load tests send more than 5,000 requests an hour with one token; GitHub's limits are
 * tested with recorded answers instead.
 */
function dropRateLimiter(router: Router): void {
  const limiter = router.middleware.findIndex(({ handlers }) =>
    handlers.some((handler) => handler.toString().includes("API rate limit exceeded")),
  );
  if (limiter === -1) throw new Error("emulate's rate limiter is not where version 0.12.2 has it");
  router.middleware.splice(limiter, 1);
}
