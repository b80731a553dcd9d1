/** Audit entries for tests: well-formed, each to be changed in what it is about. */
import type { AuditEntry, AuthorisedEntry, EntryOf } from "../../src/contract/audit-entry.ts";
import { Bytes32, Kid } from "../../src/contract/ids.ts";
import { actionIdOf } from "../../src/signing/action-id.ts";
import { digest, sha, site } from "./ids.ts";

export const AT = "2026-11-24T20:00:00Z";
export const REPO = 4711;
const key = Bytes32.parse("A".repeat(43));

export const bootstrapped = (over: Partial<EntryOf<"fleet.bootstrapped">> = {}) =>
  ({
    at: AT,
    by: 1,
    commit: sha("first"),
    config: digest("config"),
    kind: "fleet.bootstrapped",
    log: key,
    recovery: key,
    repo: REPO,
    ...over,
  }) satisfies AuditEntry;

export const range = (
  result: EntryOf<"range">["result"],
  to: string,
  over: Partial<EntryOf<"range">> = {},
) =>
  ({
    at: AT,
    by: [10],
    from: sha("first"),
    kind: "range",
    plan: digest("fleet"),
    pr: 7,
    reasons: ["approved"],
    result,
    to: sha(to),
    ...over,
  }) satisfies AuditEntry;

export function authorised(
  name: string,
  over: Partial<Omit<AuthorisedEntry, "site">> = {},
): AuthorisedEntry {
  const identity = {
    attempt: over.attempt ?? 1,
    merge: sha(`merge of ${over.pr ?? 7}`),
    mode: over.mode ?? ("apply" as const),
    plan: digest("plan"),
    site: site(name),
  };
  return {
    ...identity,
    at: AT,
    evd: digest("evd"),
    fleet: digest("fleet"),
    kind: "authorised",
    pol: digest("config"),
    pr: 7,
    pre: digest("pre"),
    sub: actionIdOf({ ...identity, repo: REPO }),
    ...over,
  };
}

export const sent = ({ site: of, sub }: AuthorisedEntry, at = AT) =>
  ({ at, kind: "sent", site: of, sub, token: digest("token") }) satisfies AuditEntry;
export const notRun = ({ site: of, sub }: AuthorisedEntry) =>
  ({ at: AT, kind: "not_run", site: of, sub, why: "busy" }) satisfies AuditEntry;
export const ended = ({ sub }: AuthorisedEntry, how: EntryOf<"ended">["how"]) =>
  ({ at: AT, how, kind: "ended", sub }) satisfies AuditEntry;
export const receipt = ({ site: of, sub }: AuthorisedEntry, out: EntryOf<"receipt">["out"]) =>
  ({
    at: AT,
    detail: digest("detail"),
    kind: "receipt",
    out,
    site: of,
    sub,
    token: "a.b.c",
  }) satisfies AuditEntry;

export const level = (
  name: string | null,
  to: EntryOf<"level">["level"],
  cause: string,
): EntryOf<"level"> => ({
  at: AT,
  by: null,
  cause,
  kind: "level",
  level: to,
  site: name === null ? null : site(name),
});

const paired = (name: string) => ({ at: AT, epoch: 1, site: site(name) });
const siteKey = { key, kid: Kid.parse("k".repeat(22)) };

export const pairingOpened = (name: string, over: Partial<EntryOf<"pairing.opened">> = {}) =>
  ({
    ...paired(name),
    by: 13,
    comment: 900,
    gen: 1,
    home: digest("home"),
    issue: 50,
    kind: "pairing.opened",
    kver: 1,
    pairing: key,
    trust: digest("trust"),
    until: AT,
    ...over,
  }) satisfies AuditEntry;

export const pairingReceived = (name: string, over: Partial<EntryOf<"pairing.received">> = {}) =>
  ({
    ...paired(name),
    ...siteKey,
    kind: "pairing.received",
    token: digest("token"),
    ...over,
  }) satisfies AuditEntry;

export const pairingProved = (name: string, over: Partial<EntryOf<"pairing.proved">> = {}) =>
  ({
    ...paired(name),
    ...siteKey,
    by: 13,
    evd: digest("evd"),
    gen: 1,
    inv: digest("inv"),
    kind: "pairing.proved",
    kver: 1,
    ...over,
  }) satisfies AuditEntry;

export const pairing = (name: string, epoch = 1) =>
  ({
    at: AT,
    commit: sha("pairing"),
    epoch,
    key,
    kid: Kid.parse("A".repeat(22)),
    kind: "pairing",
    pr: 1,
    site: site(name),
  }) satisfies AuditEntry;

export const incident = (issue: number, phase: EntryOf<"incident">["phase"]) =>
  ({
    at: AT,
    cause: "rolled_back",
    issue,
    kind: "incident",
    phase,
    site: site("shop"),
    sub: null,
  }) satisfies AuditEntry;

export const planShown = (over: Partial<EntryOf<"plan.shown">> = {}) =>
  ({
    at: AT,
    config: digest("config"),
    head: sha("head"),
    kind: "plan.shown",
    plan: digest("fleet"),
    pr: 7,
    ...over,
  }) satisfies AuditEntry;

export const readinessShown = (over: Partial<EntryOf<"readiness.shown">> = {}) =>
  ({
    at: AT,
    evd: digest("evd"),
    kind: "readiness.shown",
    plan: digest("fleet"),
    pr: 7,
    pre: digest("pre"),
    site: site("shop"),
    ...over,
  }) satisfies AuditEntry;

export const verdict = () =>
  ({
    at: AT,
    config: digest("config"),
    counted: [{ id: 11, review: 1001 }],
    discounted: [],
    gates: [],
    head: sha("head"),
    kind: "verdict",
    plan: digest("fleet"),
    pr: 7,
    result: "passed",
  }) satisfies AuditEntry;
