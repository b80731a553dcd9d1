/**
 * The texts of a plan and their digests. A site's text does not name the site, so equal plans have
 * one digest; the fleet's text names each site's digest and the control changes, so a site's part
 * can be cut out of it and still be verified. Source: docs/protocol.md, "The signed action".
 */
import type { Digest } from "../contract/ids.ts";
import type { ControlChange, SitePlan } from "../contract/plan.ts";
import type { ControlContent, ControlDraft, Plan, PlanTexts } from "../contract/planned-change.ts";
import { canonicalText, type Json } from "./canonical.ts";
import { digestOfBytes, digestOfJson, digestOfText } from "./digest.ts";

/** The plan digest is `fleet.digest`. A plan with errors has none: `null`. */
export function planTexts(plan: Plan): PlanTexts | null {
  if (plan.state === "failed") return null;
  const textOf = sharedTexts();
  const sites = new Map([...plan.sitePlans].map(([site, one]) => [site, textOf(one)]));
  const list = [...sites].map(([site, { digest }]) => ({ site, plan: digest }));
  const control = plan.control.map(controlChange);
  return { fleet: textAndDigest({ version: 1, sites: list, control }), sites };
}

/** Equal plans are one object, so each distinct one is written and hashed once. */
function sharedTexts() {
  const known = new Map<SitePlan, { text: string; digest: Digest }>();
  return (plan: SitePlan) => {
    const found = known.get(plan) ?? textAndDigest(plan);
    known.set(plan, found);
    return found;
  };
}

function textAndDigest(value: Json): { text: string; digest: Digest } {
  const text = canonicalText(value);
  return { text, digest: digestOfText(text) };
}

function controlChange({ kind, path, site, from, to }: ControlDraft): ControlChange {
  return { kind, path, site, from: digestOfContent(from), to: digestOfContent(to) };
}

/** A text and its UTF-8 bytes have one digest. */
function digestOfContent(content: ControlContent | null): Digest | null {
  if (content === null) return null;
  if (content.form === "value") return digestOfJson(content.value);
  const { content: file } = content;
  return typeof file === "string" ? digestOfText(file) : digestOfBytes(file);
}
