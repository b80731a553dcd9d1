/**
 * How fast is the log? Verifying a cloned one has to reach 5,000 entries/s, and making an action
 * (canonical text, digest, journal, signature) a fifth of the Ed25519 signatures that `openssl
 * speed` makes on the same core. Prints one JSON object; exit code 1 where a limit is missed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { signCheckpoint } from "../src/audit/checkpoint.ts";
import { rootAt, treeOf } from "../src/audit/merkle.ts";
import { tileFiles } from "../src/audit/tiles.ts";
import { verifyLog } from "../src/audit/verify-log.ts";
import type { AuthorisedEntry } from "../src/contract/audit-entry.ts";
import { actionIdOf } from "../src/signing/action-id.ts";
import { isClaimsOf } from "../src/signing/claim-check.ts";
import { canonicalText } from "../src/signing/canonical.ts";
import { asDigest, EMPTY_DIGEST } from "../src/signing/digest.ts";
import { newId128 } from "../src/signing/id128.ts";
import { mintToken } from "../src/signing/mint.ts";
import { signerOf } from "../src/signing/signer.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import { FleetLog } from "../src/workflow/fleet-log.ts";
import { digest, sha, site } from "../test/support/ids.ts";
import { MemoryBranch } from "../test/support/memory-branch.ts";

const LIMITS = { entriesPerSecond: 5000, mintToOpenssl: 0.2 };
/** Actions on their way together. */
const AT_ONCE = 256;
const REPO = 4711;
const AT = "2026-11-24T12:00:00Z";
const NOW = Date.parse(AT) / 1000;
const [log, shop] = [signerOf(Buffer.alloc(32, 1)), signerOf(Buffer.alloc(32, 2))];

function authorised(number: number): AuthorisedEntry {
  const identity = {
    attempt: 1,
    merge: sha(`merge ${number}`),
    mode: "apply" as const,
    plan: digest(`plan ${number}`),
    site: site("shop"),
  };
  const [evd, pre, pol] = [digest("evidence"), digest("pre"), digest("policy")];
  const sub = actionIdOf({ ...identity, repo: REPO });
  const what = { evd, fleet: digest(`fleet ${number}`), pol, pr: number, pre, sub };
  return { ...identity, ...what, at: AT, kind: "authorised" };
}

/** As many entries as asked, in the mix of a real log: three to an action, the third a receipt. */
async function logOf(count: number): Promise<string[]> {
  const first = {
    at: AT,
    by: 1,
    commit: sha("c"),
    config: digest("c"),
    kind: "fleet.bootstrapped",
    log: log.x,
    recovery: shop.x,
    repo: REPO,
  };
  const pairing = {
    at: AT,
    commit: sha("c"),
    epoch: 1,
    key: shop.x,
    kid: shop.kid,
    kind: "pairing",
    pr: 1,
    site: "shop",
  };
  const lines = [canonicalText(first), canonicalText(pairing)];
  for (let number = 1; lines.length < count; number += 1) {
    const entry = authorised(number);
    const { sub } = entry;
    const sent = { at: AT, kind: "sent", site: "shop", sub, token: digest("token") };
    lines.push(canonicalText(entry), canonicalText(sent), await receiptLine(entry, number));
  }
  return lines;
}

async function receiptLine(
  { sub, plan, pre, mode }: AuthorisedEntry,
  rseq: number,
): Promise<string> {
  const claims = {
    aud: `cp:${REPO}`,
    iss: "site:shop",
    epoch: 1,
    iat: NOW,
    t0: NOW,
    t1: NOW,
    lvl: "normal",
    build: digest("build"),
    ver: "0.1.0",
    proto: 1,
    size: 0,
    root: EMPTY_DIGEST,
    det: digest("detail"),
    prev: EMPTY_DIGEST,
    re: digest("token"),
    rseq,
    out: "applied",
    sub,
    plan,
    pre,
    post: pre,
    mode,
  };
  if (!isClaimsOf("receipt", claims)) throw new Error("no receipt");
  const { token } = await mintToken("receipt", claims, shop);
  const entry = { at: AT, detail: digest("detail"), kind: "receipt", out: "applied", site: "shop" };
  return canonicalText({ ...entry, sub, token });
}

async function measureVerify(count: number) {
  const lines = await logOf(count);
  const head = { size: lines.length, root: asDigest(rootAt(treeOf(lines), lines.length)) };
  const copy = {
    repo: REPO,
    logKey: log.x,
    checkpoint: await signCheckpoint(REPO, head, log),
    tiles: [...tileFiles(0, lines).values()],
    against: [],
  };
  const start = process.cpuUsage();
  const { ok, bad } = verifyLog(copy);
  if (!ok) throw new Error(JSON.stringify(bad.slice(0, 3)));
  return Math.round(lines.length / secondsSince(start));
}

/**
 * What happens between a judgement and the site, by the product's own parts: the token, its digest
 * and signature, and a line in the journal, in the Merkle tree and in the history. `atOnce` actions
 * are on their way together, as a worker's are: the log writes in one transaction what is asked for
 * while another one runs. Every token is on record before the next step has it.
 */
async function measureMint(count: number, atOnce: number) {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
  const store = await openSqliteStore(path.join(folder, "log.sqlite"));
  const clock = { now: () => NOW };
  const facts = { repo: REPO, store, branch: new MemoryBranch(), signerOf: async () => log, clock };
  const fleetLog = await FleetLog.open(facts);
  const entries = Array.from({ length: count }, (_, index) => authorised(index + 1));
  await fleetLog.append(() => ({ entries }));
  const start = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) {
        const index = next;
        next += 1;
        await mintOne(fleetLog, index, entries[index] ?? authorised(0));
      }
    }),
  );
  const perSecond = Math.round(count / secondsSince(start));
  if (fleetLog.size !== 2 * count) throw new Error("not everything is on record");
  await store.close();
  rmSync(folder, { recursive: true });
  return perSecond;
}

async function mintOne(fleetLog: FleetLog, index: number, entry: AuthorisedEntry): Promise<void> {
  const { evd, merge, mode, plan, pol, pr, pre, sub } = entry;
  const claims = {
    aud: "site:shop",
    iss: `cp:${REPO}`,
    epoch: 1,
    iat: NOW,
    exp: NOW + 120,
    jti: newId128(),
    lvl: "normal",
    lvx: 0,
    seq: index,
    evd,
    merge,
    mode,
    plan,
    pol,
    pr,
    pre,
    sub,
  };
  if (!isClaimsOf("action", claims)) throw new Error("no action");
  const { digest: token } = await mintToken("action", claims, log);
  const sent = { at: AT, kind: "sent", site: site("shop"), sub, token } as const;
  await fleetLog.append(() => ({ entries: [sent] }));
}

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Ed25519 signatures a second of one core, by OpenSSL's own count of CPU time. */
function opensslSigns(): number {
  const text = execFileSync("openssl", ["speed", "-seconds", "2", "ed25519"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(/ ([\d.]+) +[\d.]+\s*$/u.exec(text.trim())?.[1]);
}

const openssl = opensslSigns();
const entriesPerSecond = await measureVerify(20_000);
await measureMint(2000, AT_ONCE); // warm
const mintPerSecond = await measureMint(5000, AT_ONCE);
const mintAlonePerSecond = await measureMint(1000, 1);
const mintToOpenssl = Number((mintPerSecond / openssl).toFixed(3));
const ok = entriesPerSecond >= LIMITS.entriesPerSecond && mintToOpenssl >= LIMITS.mintToOpenssl;
console.log(
  JSON.stringify({
    bench: "log",
    ok,
    limits: LIMITS,
    entriesPerSecond,
    mintPerSecond,
    mintAlonePerSecond,
    openssl,
    mintToOpenssl,
  }),
);
process.exitCode = ok ? 0 : 1;
