/** A person's word on record: what was commanded, by whom, and the comment that says so. */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";
import type { Spoken } from "./merged.ts";

type Name = EntryOf<"commanded">["name"];

export function commandedEntry(
  { name, issue, comment }: Pick<Spoken, "issue" | "comment"> & { readonly name: Name },
  about: {
    readonly at: string;
    readonly by: readonly number[];
    readonly pr: number | null;
    readonly sites: readonly SiteId[];
  },
): EntryOf<"commanded"> {
  const { at, by, pr, sites } = about;
  const said = { at, by: [...by], comment: comment.id, issue, name };
  return { ...said, kind: "commanded", pr, sites: [...sites] };
}
