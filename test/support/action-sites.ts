/** Connectors in TypeScript behind loopback addresses: they are paired, and then do as a site does. */
import { createServer, type Server } from "node:http";
import { canonicalText } from "../../src/signing/canonical.ts";
import { readPairingString } from "../../src/signing/pairing-text.ts";
import type { Clock, Message, SiteAnswer } from "../../src/workflow/ports.ts";
import { site as siteId } from "./ids.ts";
import { PairingSite } from "./pairing-site.ts";
import { SimulatedSite } from "./simulated-site.ts";

/** Where a message is held until a test lets it go on. */
export interface Gate {
  arrived(): void;
  readonly opened: Promise<void>;
}

export interface ActionSite {
  readonly id: string;
  readonly url: string;
  /** Its administrator pastes the string. @returns the token that a person carries to GitHub */
  paste(string: string): Promise<string>;
  /** @throws before it was given a string */
  readonly site: SimulatedSite;
  /** How long each message is worked on, what the next one waits for, and whether none arrives. */
  readonly state: { delayMilliseconds: number; gate: Gate | null; isAway: boolean };
  close(): Promise<void>;
}

export async function startActionSite(
  id: string,
  given: { readonly clock: Clock; readonly plugin: string; readonly version: string },
): Promise<ActionSite> {
  const { clock, plugin, version } = given;
  let site: SimulatedSite | null = null;
  const state: ActionSite["state"] = { delayMilliseconds: 0, gate: null, isAway: false };
  const { server, url } = await listen(async (message) => {
    if (site === null || state.isAway) return { kind: "unreachable", why: "away" };
    if (state.delayMilliseconds > 0) {
      await new Promise((resolve) => setTimeout(resolve, state.delayMilliseconds));
    }
    const { gate } = state;
    state.gate = null;
    gate?.arrived();
    await gate?.opened;
    site.inventory = inventoryOf(site, url);
    return site.post(message);
  });
  return {
    id,
    url,
    state,
    paste(string) {
      const read = readPairingString(string);
      if (read === null) throw new Error("that is no pairing string");
      const { action, log, recovery, cp } = read;
      const keys = { repo: Number(cp.slice(3)), action, log, recovery };
      site = new SimulatedSite(siteId(id), keys, clock);
      site.install(plugin, version);
      site.items = [...site.items, "requirements"];
      return new PairingSite(read, clock, site.key).token();
    },
    get site() {
      if (site === null) throw new Error(`${id} was given no string`);
      return site;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What it has, as its next answer tells it. */
function inventoryOf({ live }: SimulatedSite, home: string): string {
  const items = [...live].map(([target, { version, state, tree }]) => {
    const slug = target.slice("plugins/".length);
    return { file: `${slug}/${slug}.php`, slug, state, tree, version };
  });
  const core = { version: "7.1.1" };
  return canonicalText({ core, home, plugins: items, themes: [], version: 1 });
}

async function listen(
  answer: (message: Message) => Promise<SiteAnswer>,
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void answer(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Message).then((said) => {
        if (said.kind === "unreachable") return response.destroy();
        response.writeHead(said.status, { "content-type": "application/json" });
        return response.end(JSON.stringify(said.body));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return { server, url: `http://127.0.0.1:${address.port}` };
}
