/** The other half of a pairing with a real connector: the string, the door, and the screen. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { PairingString } from "../../src/contract/pairing.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { verifyPairing } from "../../src/signing/pairing.ts";
import { pairingSigner, trustOf, writePairingString } from "../../src/signing/pairing-text.ts";
import type { Verdict } from "../../src/signing/verdict.ts";
import type { ControlPlane } from "./connector-cp.ts";
import { type ConnectorSite, statusOf } from "./connector-site.ts";

/** The door of a control plane that takes what it is told to take. */
export interface PairingDoor {
  readonly url: string;
  readonly tokens: string[];
  status: number;
  close(): Promise<void>;
}

export async function startDoor(): Promise<PairingDoor> {
  const tokens: string[] = [];
  const state = { status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isDoor = request.url === "/countersign/v1/messages" && request.method === "POST";
      const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as { token?: string };
      if (isDoor && state.status === 200) tokens.push(body.token ?? "");
      const moved = state.status === 302 ? { location: "http://127.0.0.1:9/" } : {};
      response.writeHead(isDoor ? state.status : 404, moved).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    tokens,
    get status() {
      return state.status;
    },
    set status(status: number) {
      state.status = status;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What an administrator is given for this control plane and site. */
export function stringFor(cp: ControlPlane, over: Partial<PairingString> = {}): PairingString {
  const { action, log, recovery, epoch, site } = cp;
  return {
    action: action.x,
    cp: "cp:4217",
    epoch,
    gen: 1,
    home: site.url,
    kver: 1,
    log: log.x,
    recovery: recovery.x,
    s: randomBytes(16).toString("base64url"),
    site: "site:acme-shop",
    url: "",
    ...over,
  };
}

/** As the control plane judges it, against the window of this string. */
export function judge(given: PairingString, token: string): Verdict<"pairing"> {
  const { s, home, url: _, ...offer } = given;
  return verifyPairing(token, {
    iss: offer.site,
    aud: offer.cp,
    now: Math.floor(Date.now() / 1000),
    home: digestOfText(home),
    trust: trustOf(offer),
    pairingKey: pairingSigner(Buffer.from(s, "base64url"), offer.site).x,
    texts: {},
  });
}

/** The plugin's screen, as an administrator with a browser has it. */
export class Screen {
  readonly #site: Pick<ConnectorSite, "url" | "password">;
  readonly #cookie: string;

  private constructor(site: Pick<ConnectorSite, "url" | "password">, cookie: string) {
    this.#site = site;
    this.#cookie = cookie;
  }

  static async logIn(site: Pick<ConnectorSite, "url" | "password">): Promise<Screen> {
    const form = { log: "admin", pwd: site.password, testcookie: "1", "wp-submit": "Log In" };
    const reply = await fetch(`${site.url}/wp-login.php`, {
      method: "POST",
      headers: { cookie: "wordpress_test_cookie=WP%20Cookie%20check" },
      body: new URLSearchParams(form),
      redirect: "manual",
    });
    await reply.arrayBuffer();
    const cookies = reply.headers.getSetCookie().map((line) => line.split(";")[0]);
    return new Screen(site, cookies.join("; "));
  }

  async read(): Promise<string> {
    const url = `${this.#site.url}/wp-admin/tools.php?page=countersign`;
    return (await fetch(url, { headers: { cookie: this.#cookie } })).text();
  }

  /** Presses a button that the screen shows; `fields` may be wrong on purpose. */
  async press(
    action: string,
    fields: Readonly<Record<string, string>> = {},
    as: { readonly cookie?: string } = {},
  ): Promise<number> {
    const page = await this.read();
    const form = page.split("<form").find((part) => part.includes(`value="${action}"`)) ?? "";
    const nonce = /name="_wpnonce" value="([0-9a-f]+)"/u.exec(form)?.[1] ?? "";
    return statusOf(`${this.#site.url}/wp-admin/admin-post.php`, {
      method: "POST",
      headers: { cookie: as.cookie ?? this.#cookie },
      body: new URLSearchParams({ action, _wpnonce: nonce, ...fields }),
    });
  }

  /** Opens pairing and pastes the string. */
  async paste(given: PairingString | string): Promise<void> {
    await this.press("countersign_open");
    const string = typeof given === "string" ? given : writePairingString(given);
    await this.press("countersign_pair", { string });
  }
}
