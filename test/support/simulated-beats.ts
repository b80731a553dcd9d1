/** Heartbeats of a simulated site, and what it does with the ack. */
import type { ClaimsOf } from "../../src/contract/claims.ts";
import { PROTO } from "../../src/contract/claims.ts";
import { Version } from "../../src/contract/ids.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText, EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { newId128 } from "../../src/signing/id128.ts";
import { mintToken } from "../../src/signing/mint.ts";
import type { Signer } from "../../src/signing/signer.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import type { Received } from "../../src/workflow/door.ts";
import { evidence } from "../../src/workflow/evidence.ts";
import { heartbeat } from "../../src/workflow/heartbeat.ts";
import type { Message } from "../../src/workflow/ports.ts";
import type { World } from "./fleet-world.ts";
import { digest } from "./ids.ts";

export const inventoryText = canonicalText({ plugins: [], version: 1 });

export interface Given {
  readonly claims?: Partial<ClaimsOf<"heartbeat">>;
  readonly receipts?: readonly Message[];
  readonly inventory?: string | null;
  readonly signer?: Signer;
}

export class Beating {
  readonly #world: World;
  readonly #name: string;
  hbseq = 0;
  constructor(world: World, name = "shop") {
    this.#world = world;
    this.#name = name;
  }

  get site() {
    return this.#world.sites.get(this.#name)!;
  }

  async message({ claims, receipts, inventory = null, signer }: Given = {}): Promise<Message> {
    this.hbseq += 1;
    const iat = claims?.iat ?? this.#world.clock.now();
    const texts = {
      ...(inventory === null ? {} : { inventory }),
      ...(receipts === undefined ? {} : { receipts: canonicalText(receipts) }),
    };
    const { token } = await mintToken(
      "heartbeat",
      {
        aud: `cp:${this.#world.repo}`,
        build: digest("connector"),
        epoch: 1,
        every: 300,
        exp: iat + 120,
        hbseq: this.hbseq,
        iat,
        inv: digestOfText(inventory ?? inventoryText),
        iss: `site:${this.#name}`,
        jti: newId128(),
        last: EMPTY_DIGEST,
        lvl: "normal",
        proto: PROTO,
        ...this.site.head,
        ver: Version.parse("0.1.0"),
        ...claims,
      },
      signer ?? this.site.key,
    );
    return { ...texts, token };
  }

  /** Sends a beat and, where it is taken, carries out what waits. @returns what came back */
  async beat(given: Given = {}): Promise<Received & { readonly pending?: readonly Message[] }> {
    const message = await this.message(given);
    const received = await heartbeat(this.#world.fleet, message);
    if (received.kind === "refused") return received;
    return { ...received, pending: await this.read(message, received.answer) };
  }

  /** The ack as a site verifies it. */
  async read(
    beat: Message,
    { token = "", keyset, ...texts }: Readonly<Record<string, string>>,
  ): Promise<readonly Message[]> {
    if (keyset !== undefined) await this.site.takeBeside(keyset);
    const ack = await this.verify(token, texts);
    if (!ack.ok) throw new Error(`ack: ${ack.reason}`);
    if (ack.claims.re !== digestOfText(beat.token)) throw new Error("of another beat");
    return JSON.parse(ack.texts.pending) as readonly Message[];
  }
  async verify(token: string, texts: Readonly<Record<string, string>>) {
    const [cp, site] = [`cp:${this.#world.repo}`, `site:${this.#name}`];
    const now = this.#world.clock.now();
    const facts = { keys: this.site.pinned(), iss: cp, aud: site, epoch: 1, now, texts };
    return verifyToken("ack", token, facts);
  }

  /** Carries out what came with an ack. @returns receipts, which go with the next beat */
  async carryOut(pending: readonly Message[]): Promise<readonly Message[]> {
    const receipts: Message[] = [];
    for (const message of pending) {
      const answer = await this.site.post(message);
      if (answer.kind !== "answered" || answer.body === null) throw new Error("not taken");
      if (isReceipt(answer.body)) receipts.push(answer.body);
      else await evidence(this.#world.fleet, answer.body);
    }
    return receipts;
  }
}

function isReceipt({ token }: Message): boolean {
  return Buffer.from(token.split(".")[0] ?? "", "base64url").includes("cs-receipt+jwt");
}
