/** The control plane's half of a conversation with one connector, with the product's own signing. */
import { randomBytes } from "node:crypto";
import { signCheckpoint } from "../../src/audit/checkpoint.ts";
import { appendLeaf, leafHash, rootAt, sizeOf, treeOf } from "../../src/audit/merkle.ts";
import { proofText } from "../../src/audit/proof.ts";
import type { ClaimsOf } from "../../src/contract/claims.ts";
import { CommitSha, type Digest, SiteId } from "../../src/contract/ids.ts";
import { actionIdOf } from "../../src/signing/action-id.ts";
import { encodeBase64url } from "../../src/signing/base64url.ts";
import { canonicalText, type Json } from "../../src/signing/canonical.ts";
import { asDigest, digestOfText } from "../../src/signing/digest.ts";
import { newId128 } from "../../src/signing/id128.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { isBytes32, pinnedKeys } from "../../src/signing/public-key.ts";
import { type Signer, signerOf } from "../../src/signing/signer.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import type { ConnectorSite } from "./connector-site.ts";

const REPO = 4217;
const SITE = SiteId.parse("acme-shop");

export interface Answer {
  readonly status: number;
  readonly body: Record<string, string>;
}
export type Message = Readonly<Record<string, string>>;
type Mode = "apply" | "recover" | "rollback";

export interface Order {
  readonly plan: string;
  readonly pre: Digest;
  readonly mode?: Mode;
  readonly attempt?: number;
  /** Changes claims after everything else is right. */
  readonly claims?: Partial<ClaimsOf<"action">>;
  /** Changes the authorisation line, but not the token. */
  readonly line?: Record<string, Json>;
}

export interface Authorised {
  readonly sub: ClaimsOf<"action">["sub"];
  readonly seq: number;
  readonly line: string;
  readonly order: Order;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

export class ControlPlane {
  readonly action: Signer = signerOf(randomBytes(32));
  readonly log: Signer = signerOf(randomBytes(32), "log");
  readonly recovery: Signer = signerOf(randomBytes(32), "recovery");
  readonly tree = treeOf([]);
  readonly site: ConnectorSite;
  #siteKey = "";
  #level: { lvl: "normal" | "hold" | "contained"; lvx: number } = { lvl: "normal", lvx: 0 };
  /** The head that the site last reported. */
  seen = 0;
  epoch = 1;
  /** Where the site sends its heartbeats. */
  url = "";

  constructor(site: ConnectorSite) {
    this.site = site;
  }

  trust(): Record<string, Json> {
    const keys = [this.action, this.log, this.recovery].map(({ kid, use, x }) => ({ kid, use, x }));
    const { epoch } = this;
    const common = { cp: `cp:${REPO}`, epoch, gen: 1, kver: 1, since: 0, site: SITE };
    return { ...common, home: this.site.url, keys, url: this.url };
  }

  /** Pins this control plane on the site, without the exchange. */
  async pair(): Promise<string> {
    const json = Buffer.from(JSON.stringify(this.trust())).toString("base64");
    this.#siteKey = await this.site.runPhp(
      `echo \\Countersign\\Pairing\\Pin::pin( \\Countersign\\State\\Trust::of( json_decode( base64_decode( '${json}' ), true ) ) );`,
    );
    return this.#siteKey;
  }

  /** Whose answers it takes for the site's. */
  believe(key: string): void {
    this.#siteKey = key;
  }

  setLevel(lvl: "normal" | "hold" | "contained"): void {
    this.#level = { lvl, lvx: this.#level.lvx + 1 };
  }

  /** Appends an entry that has nothing to do with this site. */
  logOther(): void {
    appendLeaf(this.tree, leafHash(canonicalText({ kind: "other", n: sizeOf(this.tree) })));
  }

  /** Puts an authorisation on record. */
  authorise(order: Order): Authorised {
    const mode = order.mode ?? "apply";
    const attempt = order.attempt ?? 1;
    const merge = CommitSha.parse("283128acef14943c127f7327ca8f57e7cd7c31ec");
    const plan = digestOfText(order.plan);
    const sub = actionIdOf({ attempt, merge, mode, plan, repo: REPO, site: SITE });
    const other = {
      evd: digestOfText("evd"),
      fleet: digestOfText("fleet"),
      pol: digestOfText("p"),
    };
    const at = "2026-11-24T20:00:00Z";
    const entry = { at, attempt, kind: "authorised", merge, mode, plan, pr: 17, site: SITE, sub };
    const line = canonicalText({ ...entry, ...other, pre: order.pre, ...order.line });
    const seq = sizeOf(this.tree);
    appendLeaf(this.tree, leafHash(line));
    return { sub, seq, line, order };
  }

  /** The message that runs an authorisation, minted now. */
  async message(authorised: Authorised, proof?: Record<string, Json>): Promise<Message> {
    const { order, sub, seq, line } = authorised;
    const entry = JSON.parse(line) as ClaimsOf<"action">;
    const { evd, merge, pol, pr } = entry;
    const own = { evd, merge, pol, pr, pre: order.pre, mode: order.mode ?? "apply", seq, sub };
    const claims = { ...this.#common(), ...own, plan: digestOfText(order.plan), ...order.claims };
    const { token } = await mintToken("action", claims, this.action);
    return { token, plan: order.plan, proof: await this.proof(line, seq, proof) };
  }

  async proof(line: string, index: number, over?: Record<string, Json>): Promise<string> {
    const size = sizeOf(this.tree);
    const head = { size, root: asDigest(rootAt(this.tree, size)) };
    const checkpoint = await signCheckpoint(REPO, head, this.log);
    const { tree, seen: from } = this;
    const text = proofText({ tree, line, index, from, checkpoint, size });
    return over === undefined
      ? text
      : canonicalText({ ...(JSON.parse(text) as Record<string, Json>), ...over });
  }

  /** A token that no honest sender mints: header members and claims as given, well signed. */
  async forge(
    header: Record<string, Json>,
    claims: Record<string, Json>,
    signer = this.action,
  ): Promise<string> {
    const { kid } = signer;
    const head = canonicalText({ alg: "Ed25519", kid, typ: "cs-query+jwt", ...header });
    const query = { ...this.#common(), arg: digestOfText(""), ask: "hello", ...claims };
    const parts = [head, canonicalText(query)].map((part) => encodeBase64url(Buffer.from(part)));
    const signed = parts.join(".");
    return `${signed}.${encodeBase64url(await signer.sign(Buffer.from(signed)))}`;
  }

  async query(ask: ClaimsOf<"query">["ask"], arg = ""): Promise<Message> {
    const claims = { ...this.#common(), arg: digestOfText(arg), ask };
    const { token } = await mintToken("query", claims, this.action);
    return { token, arg };
  }

  #common() {
    const iat = nowSeconds();
    const envelope = { iss: `cp:${REPO}`, aud: `site:${SITE}`, iat, exp: iat + 120 };
    return { ...envelope, ...this.#level, epoch: this.epoch, jti: newId128() };
  }

  async post(message: unknown, type = "application/json"): Promise<Answer> {
    const reply = await fetch(`${this.site.url}/?rest_route=/countersign/v1/messages`, {
      method: "POST",
      headers: { "content-type": type },
      body: typeof message === "string" ? message : JSON.stringify(message),
      redirect: "manual",
    });
    const text = await reply.text();
    try {
      return { status: reply.status, body: JSON.parse(text) as Record<string, string> };
    } catch {
      return { status: reply.status, body: { raw: text.slice(0, 2000) } };
    }
  }

  /** A signed answer, verified; throws for everything else. */
  open<K extends "receipt" | "evidence">(kind: K, answer: Answer): Opened<K> {
    const { token, detail } = answer.body;
    if (token === undefined || detail === undefined || !isBytes32(this.#siteKey)) {
      throw new Error(`no signed answer: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    const verdict = verifyToken(kind, token, {
      keys: pinnedKeys([{ x: this.#siteKey }]),
      iss: `site:${SITE}`,
      aud: `cp:${REPO}`,
      epoch: this.epoch,
      now: nowSeconds(),
      texts: { detail },
    });
    if (!verdict.ok) throw new Error(`the answer is refused: ${verdict.reason} ${detail}`);
    this.seen = (verdict.claims as { size: number }).size;
    return { claims: verdict.claims, detail: JSON.parse(detail) as Detail, digest: verdict.digest };
  }

  async ask(ask: ClaimsOf<"query">["ask"], arg = ""): Promise<Opened<"evidence">> {
    return this.open("evidence", await this.post(await this.query(ask, arg)));
  }

  /** What `countersign/rollback` would show: live state, and its digest for `pre`. */
  async readiness(plan: string): Promise<Opened<"evidence"> & { readonly pre: Digest }> {
    const evidence = await this.ask("readiness", plan);
    return { ...evidence, pre: evidence.detail["pre"] as Digest };
  }

  /** The whole way: readiness, authorisation, delivery, receipt. */
  async run(plan: string, over: Partial<Order> = {}): Promise<Opened<"receipt">> {
    const pre = over.pre ?? (await this.readiness(plan)).pre;
    const authorised = this.authorise({ plan, pre, ...over });
    return this.open("receipt", await this.post(await this.message(authorised)));
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- read back by tests that know its shape
type Detail = Record<string, any>;

export interface Opened<K extends "receipt" | "evidence"> {
  readonly claims: ClaimsOf<K>;
  readonly detail: Detail;
  readonly digest: Digest;
}
