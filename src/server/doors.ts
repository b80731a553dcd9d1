/** What the server and its commands reach: the database, GitHub as the App, the fleets. */
import { type Logger, pino } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { keySourceOf } from "../signing/key-source.ts";
import type { Database } from "../store/database.ts";
import { openFeeds } from "../wordpress/feeds.ts";
import { openPackages } from "../wordpress/packages.ts";
import { connectSites } from "../wordpress/sites.ts";
import type { Clock } from "../workflow/ports.ts";
import { openDatabase } from "./database.ts";
import { type Fleets, openFleets } from "./fleets.ts";
import { type Metrics, openMetrics } from "./metrics.ts";
import type { Settings } from "./settings.ts";

export interface Doors extends Database {
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly probot: Probot;
  readonly fleets: Fleets;
}

/** @throws CountersignError `store_unusable` */
export async function openDoors(settings: Settings): Promise<Doors> {
  const log = pino({ level: settings.logLevel, name: "countersign" });
  const clock = { now: () => Math.floor(Date.now() / 1000) };
  const { store, queue } = await openDatabase(settings, {
    clock,
    onError: (error) => log.error({ err: error }, "the database's connection"),
  });
  const metrics = openMetrics(queue, () => clock.now());
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKey,
    secret: settings.webhookSecret,
    baseUrl: settings.githubApiUrl,
    log,
    Octokit: ProbotOctokit.plugin(watchRate(metrics)).defaults((options: object) => ({
      ...options,
      // A refused write is an answer, not a hiccup: jobs are retried as a whole, later.
      retry: { enabled: false },
      throttle: { enabled: settings.throttle },
    })),
  });
  const fleets = openFleets({
    store,
    keys: keySourceOf(settings.seed),
    clock,
    sites: connectSites(),
    doorUrl: settings.publicUrl,
    openPackages: () => openPackages(),
    openFeeds: () => openFeeds({ env: process.env, folder: settings.feedsFolder, clock }),
    probot,
    appId: settings.appId,
  });
  return { store, queue, log, clock, metrics, probot, fleets };
}

/** Reads from every answer of GitHub's how many requests are left. */
const watchRate =
  (metrics: Metrics) => (octokit: Parameters<Parameters<typeof ProbotOctokit.plugin>[0]>[0]) => {
    octokit.hook.after("request", ({ headers }) => {
      const remaining = Number(headers["x-ratelimit-remaining"] ?? Number.NaN);
      if (Number.isInteger(remaining)) metrics.setRateRemaining(remaining);
    });
  };
