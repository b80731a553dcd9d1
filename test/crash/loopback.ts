/**
 * GitHub and the sites of a crash test live on while the App is killed: in the test's process,
 * reached over loopback. A write whose caller dies happens all the same, and its answer is lost.
 */
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Forge } from "../../src/workflow/forge-port.ts";
import type { Sites } from "../../src/workflow/ports.ts";
import { unreachable } from "../support/memory-forge.ts";

type Called = Readonly<Record<string, (...given: never[]) => Promise<unknown>>>;

/** Maps as JSON, in both directions. */
const write = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (one instanceof Map ? { $map: [...one] } : one)) ??
  "null";
const read = (json: string): unknown =>
  JSON.parse(json, (_key, one: unknown) =>
    typeof one === "object" && one !== null && "$map" in one && Array.isArray(one.$map)
      ? new Map(one.$map as [unknown, unknown][])
      : one,
  );

export interface Served {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers calls by the name of their room and method; `onCall` is told before and after each. */
export async function serve(
  rooms: Readonly<Record<string, object>>,
  onCall: () => void = () => {},
): Promise<Served> {
  const http = createServer((asked, answer) => {
    void (async () => {
      const [, room = "", method = ""] = (asked.url ?? "").split("/");
      const given = read(await text(asked)) as never[];
      onCall();
      try {
        const result = await (rooms[room] as Called)[method]!(...given);
        onCall();
        answer.end(write(result));
      } catch (error) {
        answer.writeHead(502).end(String(error));
      }
    })();
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    port: (http.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

/** The other end, in the process that is killed. */
export function connect(port: number): { readonly forge: Forge; readonly sites: Sites } {
  const agent = new Agent({ keepAlive: true });
  const call = async (path: string, given: readonly unknown[]): Promise<unknown> => {
    const options = { agent, method: "POST", host: "127.0.0.1", port, path };
    const asking = request(options).end(write(given));
    try {
      const [answer] = (await once(asking, "response")) as [IncomingMessage];
      const body = await text(answer);
      if (answer.statusCode === 200) return read(body);
      throw new Error(body);
    } catch (error) {
      throw unreachable(`${path}: ${String(error)}`);
    }
  };
  const room = (name: string) =>
    new Proxy(
      {},
      {
        get:
          (_room, method) =>
          (...given: unknown[]) =>
            call(`/${name}/${String(method)}`, given),
      },
    );
  const forge = room("forge") as Forge;
  // What is asked for by a function of the caller is cut off here: a function crosses no wire.
  const activity: Forge["activity"] = async (branch, isLast) => {
    const all = (await call("/forge/everyActivity", [branch])) as Awaited<
      ReturnType<Forge["activity"]>
    >;
    const end = all.findIndex(isLast);
    return end === -1 ? all : all.slice(0, end + 1);
  };
  return {
    forge: new Proxy(forge, {
      get: (target, name) => (name === "activity" ? activity : Reflect.get(target, name)),
    }),
    sites: room("sites") as Sites,
  };
}
