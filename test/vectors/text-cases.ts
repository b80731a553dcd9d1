/** Vectors of texts: RFC 8785 as both sides need it, and ids that are hashes of texts. */
import { actionIdOf, localRestoreIdOf } from "../../src/signing/action-id.ts";
import { digest, sha, site } from "../support/ids.ts";

export interface CanonicalCase {
  readonly id: string;
  readonly text: string;
  readonly accept: boolean;
}

const yes = (id: string, text: string): CanonicalCase => ({ id, text, accept: true });
const no = (id: string, text: string): CanonicalCase => ({ id, text, accept: false });

export const CANONICAL: readonly CanonicalCase[] = [
  yes("object", '{"a":1,"b":[true,false,null],"c":{"d":"e"}}'),
  yes("empty-object", "{}"),
  yes("empty-list", "[]"),
  yes("empty-object-inside", '{"a":{},"b":[]}'),
  yes("largest-integer", "[9007199254740991,-9007199254740991]"),
  yes("short-escapes", String.raw`["\b\t\n\f\r\"\\"]`),
  yes("control-characters", String.raw`["\u0000\u001f"]`),
  yes("delete-character", '["\u007f"]'),
  yes("slash", '["a/b"]'),
  yes("not-ascii", '["grüße €"]'),
  yes("beyond-the-basic-plane", '["\u{1f512}"]'),
  yes("line-separators", '["\u2028\u2029"]'),
  yes("integer-like-names", '{"0":1,"10":2,"2":3}'),
  yes("empty-name", '{"":1}'),
  yes("name-of-an-object", '{"__proto__":{"a":1}}'),
  yes("upper-case-before-lower", '{"B":1,"a":2}'),
  no("nothing", ""),
  no("no-json", "{"),
  no("white-space", '{"a": 1}'),
  no("white-space-before", ' {"a":1}'),
  no("newline-at-the-end", "{}\n"),
  no("byte-order-mark", "\ufeff{}"),
  no("two-values", "{}{}"),
  no("unsorted", '{"b":1,"a":2}'),
  no("unsorted-by-number", '{"2":1,"10":2}'),
  no("unsorted-inside", '[{"b":1,"a":2}]'),
  no("twice", '{"a":1,"a":2}'),
  no("float", "[1.0]"),
  no("exponent", "[1e2]"),
  no("minus-zero", "[-0]"),
  no("leading-zero", "[01]"),
  no("too-precise", "[9007199254740993]"),
  no("infinity", "[1e400]"),
  no("needless-escape", String.raw`["\u0041"]`),
  no("escaped-slash", String.raw`["a\/b"]`),
  no("escaped-not-ascii", String.raw`["\u00fc"]`),
  no("upper-case-escape", String.raw`["\u001F"]`),
  no("long-escape", String.raw`["\u000a"]`),
  no("raw-control-character", '["\n"]'),
  no("lone-surrogate", String.raw`["\ud800"]`),
  no("comma-too-many", "[1,]"),
  no("single-quotes", "['a']"),
  no("comment", "[1]//"),
];

const identity = {
  attempt: 1,
  merge: sha("merge"),
  mode: "apply",
  plan: digest("plan"),
  repo: 4217,
  site: site("acme-shop"),
} as const;
const restore = { rseq: 7, site: site("acme-shop") };

const action = (id: string, over: Partial<Parameters<typeof actionIdOf>[0]>) => {
  const whole = { ...identity, ...over };
  return { id, identity: whole, sub: actionIdOf(whole) };
};

export const ACTION_IDS = [
  action("first-attempt", {}),
  action("second-attempt", { attempt: 2 }),
  action("another-merge", { merge: sha("other") }),
  action("rollback", { mode: "rollback" }),
  action("another-plan", { plan: digest("other") }),
  action("another-repository", { repo: 4218 }),
  action("another-site", { site: site("acme-blog") }),
  action("largest-repository", { repo: Number.MAX_SAFE_INTEGER }),
  { id: "local-restore", identity: restore, sub: localRestoreIdOf(restore) },
];
