/** A site that is being paired, in TypeScript: it takes a string, sends its key, and answers. */
import { type ClaimsOf, PROTO } from "../../src/contract/claims.ts";
import { SiteId, Version } from "../../src/contract/ids.ts";
import type { PairingString } from "../../src/contract/pairing.ts";
import { canonicalText, type Json } from "../../src/signing/canonical.ts";
import { digestOfText, EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { newId128 } from "../../src/signing/id128.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { mintPairing } from "../../src/signing/pairing.ts";
import { pairingSigner, trustOf } from "../../src/signing/pairing-text.ts";
import { pinnedKeys } from "../../src/signing/public-key.ts";
import { type Signer, signerOf } from "../../src/signing/signer.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import type { Clock, Message, SiteAnswer } from "../../src/workflow/ports.ts";
import { digest } from "./ids.ts";

export class PairingSite {
  readonly given: PairingString;
  readonly key: Signer;
  readonly asked: string[] = [];
  /** The `arg` of each inventory query. */
  readonly told: string[] = [];
  inventory: Record<string, Json>;
  /** Set where another site answers at this address. */
  speaks: Signer;
  isSilent = false;
  readonly #clock: Clock;

  constructor(given: PairingString, clock: Clock, key: number | Signer = 77) {
    this.given = given;
    this.key = typeof key === "number" ? signerOf(Buffer.alloc(32, key)) : key;
    this.speaks = this.key;
    this.#clock = clock;
    this.inventory = {
      version: 1,
      home: given.home,
      core: { version: "7.1" },
      plugins: [
        { file: "shop/shop.php", slug: "shop", version: "2.0", state: "active", tree: null },
        { file: "single.php", slug: "single", version: "1.0", state: "active", tree: null },
        {
          file: "countersign/x.php",
          slug: "countersign",
          version: "1",
          state: "active",
          tree: null,
        },
      ],
      themes: [{ slug: "plain", version: "1.1", state: "active", tree: null }],
    };
  }

  async token(over: { home?: string; secret?: Buffer; iss?: string } = {}): Promise<string> {
    const { s, home, url: _, ...offer } = this.given;
    const iat = this.#clock.now();
    const claims = {
      iss: over.iss ?? offer.site,
      aud: offer.cp,
      iat,
      exp: iat + 120,
      jti: newId128(),
      home: digestOfText(over.home ?? home),
      trust: trustOf(offer),
      ver: Version.parse("0.1.0"),
      build: digest("build"),
    };
    const secret = over.secret ?? Buffer.from(s, "base64url");
    const pairing = pairingSigner(secret, offer.site);
    return (await mintPairing(claims, { site: this.key, pairing })).token;
  }

  async answer({ token, ...texts }: Message): Promise<SiteAnswer> {
    if (this.isSilent) return { kind: "unreachable", why: "ECONNREFUSED" };
    const { action, cp, site, epoch } = this.given;
    const now = this.#clock.now();
    const parties = { iss: cp, aud: site, epoch, now, texts };
    const query = verifyToken("query", token, { keys: pinnedKeys([{ x: action }]), ...parties });
    if (!query.ok) return { kind: "answered", status: 401, body: null };
    const { ask } = query.claims;
    this.asked.push(ask);
    if (ask === "inventory") this.told.push(query.texts.arg);
    const detail = canonicalText(ask === "inventory" ? this.inventory : { version: 1 });
    const ans = ask === "hello" || ask === "inventory" ? ask : "not_seen";
    const evidence: ClaimsOf<"evidence"> = {
      iss: site,
      aud: cp,
      epoch,
      iat: now,
      exp: now + 60,
      jti: newId128(),
      re: query.digest,
      ans,
      why: "none",
      det: digestOfText(detail),
      size: 0,
      root: EMPTY_DIGEST,
      lvl: "normal",
      proto: PROTO,
      ver: Version.parse("0.1.0"),
      build: digest("build"),
    };
    const { token: signed } = await mintToken("evidence", evidence, this.speaks);
    return { kind: "answered", status: 200, body: { token: signed, detail } };
  }

  get id(): SiteId {
    return SiteId.parse(this.given.site.slice(5));
  }
}
