/**
 * The process that bench/heartbeat.bench.ts beats at: the product's door for sites and its handler,
 * on one SQLite file, with a fleet of `BENCH_SITES` on record. Tells its parent its port, and then
 * how much memory it holds whenever it is asked.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { pino } from "pino";
import { openMessageDoor } from "../src/server/messages.ts";
import { heartbeat } from "../src/workflow/heartbeat.ts";
import { World } from "../test/support/fleet-world.ts";
import { siteNames } from "./beating-fleet.ts";

const database = process.env["BENCH_DATABASE"];
if (database === undefined) throw new Error("BENCH_DATABASE names the file");
const world = await World.open({ sites: siteNames, database });
world.sites.clear(); // They live in the other process.
const { fleet } = world;
const isForDoor = openMessageDoor({
  fleets: { at: async () => fleet, forget: () => undefined },
  handlers: { heartbeat },
  store: fleet.store,
  clock: fleet.clock,
  log: pino({ level: "fatal" }),
  count: () => undefined,
  wake: () => undefined,
  proxies: 0,
});
const server = createServer((request, response) => void isForDoor(request, response));
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.on("disconnect", () => process.exit(0));
process.on("message", () => process.send?.(process.memoryUsage.rss() / 1e6));
const address = server.address();
if (address === null || typeof address === "string") throw new Error("there is no port");
process.send?.(address.port);
