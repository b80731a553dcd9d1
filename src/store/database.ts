/**
 * The tables, and the migrations that make them. Every table begins with the repository's numeric
 * id; none holds a key. What git and the connectors know can be rebuilt from them.
 */
import type { Kysely } from "kysely";
import type { CommitSha, Digest, SiteId } from "../contract/ids.ts";
import type { Queue } from "../workflow/queue-port.ts";
import type { Beat, Question, Store } from "../workflow/store-port.ts";
import { addBeats } from "./beats-tables.ts";

/** One database: closing the store closes all of it. */
export interface Database {
  readonly store: Store;
  readonly queue: Queue;
}

export interface Tables {
  /** The audit log as this process writes it; the audit branch follows. */
  journal: { repo: number; idx: number; line: string };
  /** Exact texts that a digest in the log names: site plans and fleet plans. */
  texts: { repo: number; digest: string; text: string };
  flushed: { repo: number; size: number; sha: CommitSha };
  fleets: { repo: number; installation: number; owner: string; name: string };
  /** The newest log head that each site countersigned. */
  heads: { repo: number; site: string; size: number; root: Digest; at: number };
  /** The newest heartbeat of each site, and what is known of its silence. */
  beats: Omit<Beat, "answeredAt" | "missedAt" | "closedAt"> & {
    repo: number;
    answered_at: number;
    missed_at: number | null;
    closed_at: number | null;
  };
  /** The newest inventory of each site. */
  inventories: { repo: number; site: SiteId; digest: Digest; text: string; at: number };
  /** What each site's files were at which version, as text of `workflow/inventories.ts`. */
  trees: { repo: number; site: SiteId; text: string };
  /** Questions that could not be asked and wait for the site's next beat. */
  questions: Question & { repo: number };
  /** What one process at a time does for a fleet. */
  leases: { repo: number; name: string; holder: string; until: number };
  /** Delivery ids of GitHub's webhooks, of all fleets: one that comes again does nothing more. */
  webhooks: { id: string; event: string; received_at: number };
}

/**
 * In order, numbered by their place; a new one goes to the end, and one that has run anywhere is
 * never edited. The same ones run on SQLite and on PostgreSQL: schema builder only.
 */
export const migrations: readonly ((db: Kysely<Tables>) => Promise<void>)[] = [
  async function journalAndMemories(db) {
    await db.schema
      .createTable("journal")
      .addColumn("repo", "bigint", (c) => c.notNull())
      .addColumn("idx", "bigint", (c) => c.notNull())
      .addColumn("line", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("journal_pk", ["repo", "idx"])
      .execute();
    await db.schema
      .createTable("texts")
      .addColumn("repo", "bigint", (c) => c.notNull())
      .addColumn("digest", "text", (c) => c.notNull())
      .addColumn("text", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("texts_pk", ["repo", "digest"])
      .execute();
    await db.schema
      .createTable("flushed")
      .addColumn("repo", "bigint", (c) => c.primaryKey())
      .addColumn("size", "bigint", (c) => c.notNull())
      .addColumn("sha", "text", (c) => c.notNull())
      .execute();
    await db.schema
      .createTable("fleets")
      .addColumn("repo", "bigint", (c) => c.primaryKey())
      .addColumn("installation", "bigint", (c) => c.notNull())
      .addColumn("owner", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .execute();
    await db.schema
      .createTable("heads")
      .addColumn("repo", "bigint", (c) => c.notNull())
      .addColumn("site", "text", (c) => c.notNull())
      .addColumn("size", "bigint", (c) => c.notNull())
      .addColumn("root", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("heads_pk", ["repo", "site"])
      .execute();
  },
  addBeats,
  async function leases(db) {
    await db.schema
      .createTable("leases")
      .addColumn("repo", "bigint", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("holder", "text", (c) => c.notNull())
      .addColumn("until", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("leases_pk", ["repo", "name"])
      .execute();
  },
  async function webhooks(db) {
    await db.schema
      .createTable("webhooks")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("event", "text", (c) => c.notNull())
      .addColumn("received_at", "bigint", (c) => c.notNull())
      .execute();
    await db.schema.createIndex("webhooks_age").on("webhooks").column("received_at").execute();
  },
  async function trees(db) {
    await db.schema
      .createTable("trees")
      .addColumn("repo", "bigint", (c) => c.notNull())
      .addColumn("site", "text", (c) => c.notNull())
      .addColumn("text", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("trees_pk", ["repo", "site"])
      .execute();
  },
];
