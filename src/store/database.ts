/**
 * The tables, and the migrations that make them. Every table begins with the repository's numeric
 * id; none holds a key. What git and the connectors know can be rebuilt from them.
 */
import type { Generated, Kysely } from "kysely";
import type { CommitSha, Digest } from "../contract/ids.ts";
import type { Job } from "../workflow/store-port.ts";

export interface Tables {
  /** The audit log as this process writes it; the audit branch follows. */
  journal: { repo: number; idx: number; line: string };
  /** Exact texts that a digest in the log names: site plans and fleet plans. */
  texts: { repo: number; digest: string; text: string };
  flushed: { repo: number; size: number; sha: CommitSha };
  fleets: { repo: number; installation: number; owner: string; name: string };
  jobs: {
    id: Generated<number>;
    repo: number;
    kind: Job["kind"];
    key: string;
    run_at: number;
    attempts: number;
    leased_until: number;
    /** 1 when it was enqueued again while it ran. */
    again: number;
    error: string | null;
  };
  /** The newest log head that each site countersigned. */
  heads: { repo: number; site: string; size: number; root: Digest; at: number };
}

/** In order; a migration that has run anywhere is never edited. */
export const migrations: readonly ((db: Kysely<Tables>) => Promise<void>)[] = [
  async (db) => {
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
      .createTable("jobs")
      .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
      .addColumn("repo", "bigint", (c) => c.notNull())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("run_at", "bigint", (c) => c.notNull())
      .addColumn("attempts", "integer", (c) => c.notNull())
      .addColumn("leased_until", "bigint", (c) => c.notNull())
      .addColumn("again", "integer", (c) => c.notNull())
      .addColumn("error", "text")
      .addUniqueConstraint("jobs_one", ["repo", "kind", "key"])
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
];
