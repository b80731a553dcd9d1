/**
 * The Feeds port: known vulnerabilities from a URL or a file of this server, read whole, judged by
 * its schema, and kept as long as it is young. One that cannot be read anew keeps its own age, so
 * that the policy's `maxAge` ends it, however long its source is gone.
 */
import { promises as fs } from "node:fs";
import path from "node:path";
import type { FeedReading } from "../contract/feed-reading.ts";
import type { Vulnerabilities } from "../contract/fleet-config.ts";
import type { Clock, Feeds } from "../workflow/ports.ts";
import { bearerFor, type Environment } from "./bearer.ts";
import { download } from "./download.ts";
import { type FeedIndex, type FeedReader } from "./feed-index.ts";
import { readWordfence } from "./wordfence-feed.ts";
import { readWpscan } from "./wpscan-feed.ts";

export interface FeedSettings {
  readonly env: Environment;
  /** Where `file:` of a policy is looked for; `null`: nowhere. */
  readonly folder: string | null;
  readonly clock: Clock;
  readonly maxBytes?: number;
}

const defaultMaxBytes = 192 * 1024 ** 2;
const downloadSeconds = 60;
/** A young feed is not read again for this long, nor a failing one tried again. */
const again = { young: 3600, failing: 60 };

interface Kept {
  readonly index: FeedIndex;
  readonly at: number;
}
interface Memory {
  kept: Kept | null;
  problem: string | null;
  triedAt: number;
  trying: Promise<void> | null;
}

export function openFeeds(settings: FeedSettings): Feeds {
  const memories = new Map<string, Memory>();
  return {
    async read(feed, packages) {
      const key = JSON.stringify(feed);
      const memory = memories.get(key) ?? {
        kept: null,
        problem: null,
        triedAt: Number.NEGATIVE_INFINITY,
        trying: null,
      };
      memories.set(key, memory);
      if (isDue(memory, feed, settings.clock.now())) {
        memory.trying ??= renew(memory, feed, settings).finally(() => (memory.trying = null));
      }
      // Whoever comes while it is read waits for it, rather than judge by an older one.
      await memory.trying;
      return answer(memory, packages);
    },
  };
}

/** A file may be old although it was just read: while it is young enough it is left alone, too. */
function isDue(memory: Memory, { maxAge }: Vulnerabilities, now: number): boolean {
  const { kept, problem, triedAt } = memory;
  const isUseless = kept === null || problem !== null || now - kept.at > maxAge;
  return now - triedAt >= (isUseless ? again.failing : Math.min(again.young, maxAge / 2));
}

async function renew(memory: Memory, feed: Vulnerabilities, settings: FeedSettings): Promise<void> {
  memory.triedAt = settings.clock.now();
  const source = await fetchText(feed, settings);
  const index = "why" in source ? null : indexOf(source.text, feed.format);
  if (index === null || "why" in source) {
    memory.problem = "why" in source ? source.why : `it is no feed of the form ${feed.format}`;
    return;
  }
  memory.kept = { index, at: source.at };
  memory.problem = null;
}

function answer({ kept, problem }: Memory, packages: readonly string[]): FeedReading {
  if (kept === null) return { kind: "unread", why: problem ?? "it was not read yet" };
  const { affected, unread, types } = kept.index;
  const typeOf = (name: string) => name.split("/")[0];
  const told = new Set<string | undefined>(types);
  return {
    kind: "read",
    at: kept.at,
    affected: packages.flatMap((name) => affected.get(name) ?? []),
    unread: packages.filter((name) => unread.has(name) || !told.has(typeOf(name))),
    problem,
  };
}

const readers: Readonly<Record<Vulnerabilities["format"], FeedReader>> = {
  wordfence: readWordfence,
  wpscan: readWpscan,
};

function indexOf(text: string, format: Vulnerabilities["format"]): FeedIndex | null {
  try {
    const document: unknown = JSON.parse(text);
    return readers[format](document);
  } catch {
    return null;
  }
}

type Source = { readonly text: string; readonly at: number } | { readonly why: string };

async function fetchText(feed: Vulnerabilities, settings: FeedSettings): Promise<Source> {
  const { url, file } = feed;
  if (url !== undefined) return fetchUrl(url, feed, settings);
  return file === undefined ? { why: "it has no place to come from" } : readFile(file, settings);
}

async function fetchUrl(
  url: string,
  { token, privateAddresses }: Vulnerabilities,
  { env, clock, maxBytes = defaultMaxBytes }: FeedSettings,
): Promise<Source> {
  const bearer = token === undefined ? undefined : bearerFor(token.env, url, env);
  if (typeof bearer === "string") return { why: bearer };
  const chunks: Buffer[] = [];
  const at = clock.now();
  const rules = { hosts: [hostOf(url)], privateAddresses, maxBytes, bearer };
  const done = await download(url, { ...rules, timeoutSeconds: downloadSeconds }, (chunk) => {
    chunks.push(chunk);
  });
  if (done.kind !== "downloaded") return { why: done.why };
  return textOf(Buffer.concat(chunks), at);
}

const hostOf = (url: string): string => URL.parse(url)?.host ?? "";

async function readFile(
  name: string,
  { folder, maxBytes = defaultMaxBytes }: FeedSettings,
): Promise<Source> {
  if (folder === null) return { why: "this server has no folder of feeds" };
  try {
    const file = await fs.open(path.join(folder, path.basename(name)));
    try {
      const { size, mtimeMs } = await file.stat();
      if (size > maxBytes) return { why: `more than the ${maxBytes} bytes allowed` };
      return textOf(await file.readFile(), Math.floor(mtimeMs / 1000));
    } finally {
      await file.close();
    }
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return { why: `the file ${name} cannot be read (${reason})` };
  }
}

function textOf(bytes: Buffer, at: number): Source {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), at };
  } catch {
    return { why: "it is no UTF-8" };
  }
}
