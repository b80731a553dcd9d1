import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectSites } from "../../src/wordpress/sites.ts";
import { pairedSite } from "../../src/workflow/fleet.ts";
import { ask } from "../../src/workflow/ask.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";

let server: Server;
let origin: string;
let asked: string[];
let location: string | null;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (location === null) response.end('{"token":"a.b.c"}');
    else response.writeHead(302, { location }).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [asked, location] = [[], null];
});
const sites = connectSites();

describe("a message to a paired site", () => {
  it.each(["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"])(
    "is not sent to %s, and nothing there is asked",
    async (host) => {
      const url = `http://${host}:${new URL(origin).port}`;
      expect(await sites.post(url, { token: "t" }, 5, false)).toMatchObject({
        kind: "unreachable",
      });
      expect(asked).toEqual([]);
    },
  );
  it("is sent there where private addresses are allowed, to the one route", async () => {
    const answer = await sites.post(origin, { token: "t" }, 5, true);
    expect(answer).toEqual({ kind: "answered", status: 200, body: { token: "a.b.c" } });
    expect(asked).toEqual(["/?rest_route=/countersign/v1/messages"]);
  });
  it("follows no redirect", async () => {
    location = `${origin}/elsewhere`;
    expect(await sites.post(origin, { token: "t" }, 5, true)).toMatchObject({
      status: 302,
      body: null,
    });
    expect(asked).toHaveLength(1);
  });
});

describe("the policy in force", () => {
  it.each([
    ["", false],
    ["pairing: { privateAddresses: true }\n", true],
  ])("with %j says whether private addresses are asked: %s", async (policy, allowed) => {
    const world = await World.open({ policy });
    const reach: boolean[] = [];
    const { sites: doors } = world.fleet;
    const noting: typeof doors.post = (url, message, seconds, privateAddresses) => {
      reach.push(privateAddresses);
      return doors.post(url, message, seconds, privateAddresses);
    };
    world.fleet = { ...world.fleet, sites: { ...doors, post: noting } };
    const paired = (await pairedSite(world.fleet, siteId("shop")))!;
    await ask(world.fleet, paired, { ask: "hello", arg: "" });
    expect(reach).toEqual([allowed]);
    await world.close();
  });
});
