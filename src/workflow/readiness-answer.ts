/** What a site's evidence of readiness says, once it is known to be the site's. */
import { ReadinessDetail } from "../contract/evidence-detail.ts";
import type { Digest } from "../contract/ids.ts";
import type { ReadinessFacts } from "../domain/readiness.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { digestOfJson } from "../signing/digest.ts";
import type { Evidence } from "./ask.ts";

export interface ReadinessAnswer {
  readonly answer: ReadinessFacts["answer"];
  /** Digest of the live state, and of the evidence that told it; `null` where there is none. */
  readonly shown: { readonly pre: Digest; readonly evd: Digest } | null;
}

export function readinessIn({ claims, detail: text, digest: evd }: Evidence): ReadinessAnswer {
  if (claims.ans !== "readiness") {
    const { why } = claims;
    return silentFor(why === "none" ? "it answered another question" : `it did not look: ${why}`);
  }
  const { data: detail } = ReadinessDetail.safeParse(parseCanonical(text));
  // `pre` has to be the digest of the very states that are shown.
  if (detail === undefined || digestOfJson(detail.live) !== detail.pre) {
    return { answer: { kind: "unreadable" }, shown: null };
  }
  return {
    answer: { kind: "evidence", detail, at: claims.iat },
    shown: { pre: detail.pre, evd },
  };
}

export const silentFor = (why: string): ReadinessAnswer => ({
  answer: { kind: "silent", why },
  shown: null,
});
