/** What asking a feed of known vulnerabilities came to. */
import type { AffectedVersions } from "./facts-policy.ts";

export type FeedReading =
  | {
      readonly kind: "read";
      /** When the feed was read from its source, or its file was written: Unix seconds. */
      readonly at: number;
      /** Of the packages that were asked for, and of no other. */
      readonly affected: readonly AffectedVersions[];
      /** Packages of which the feed has a record that cannot be read: nothing is known of them. */
      readonly unread: readonly string[];
      /** Why there is no newer one; `null` where nothing went wrong. One line, to be escaped. */
      readonly problem: string | null;
    }
  | { readonly kind: "unread"; readonly why: string };
