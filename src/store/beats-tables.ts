/** The tables of heartbeats and of what waits for them. */
import type { Kysely } from "kysely";
import type { Tables } from "./database.ts";

export async function addBeats({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("beats")
    .addColumn("repo", "bigint", (c) => c.notNull())
    .addColumn("site", "text", (c) => c.notNull())
    .addColumn("epoch", "bigint", (c) => c.notNull())
    .addColumn("hbseq", "bigint", (c) => c.notNull())
    .addColumn("iat", "bigint", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("every", "bigint", (c) => c.notNull())
    .addColumn("inv", "text", (c) => c.notNull())
    .addColumn("last", "text", (c) => c.notNull())
    .addColumn("lvl", "text", (c) => c.notNull())
    .addColumn("ver", "text", (c) => c.notNull())
    .addColumn("skew", "bigint", (c) => c.notNull())
    .addColumn("answered_at", "bigint", (c) => c.notNull())
    .addColumn("missed_at", "bigint")
    .addColumn("closed_at", "bigint")
    .addPrimaryKeyConstraint("beats_pk", ["repo", "site"])
    .execute();
  await schema
    .createTable("inventories")
    .addColumn("repo", "bigint", (c) => c.notNull())
    .addColumn("site", "text", (c) => c.notNull())
    .addColumn("digest", "text", (c) => c.notNull())
    .addColumn("text", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("inventories_pk", ["repo", "site"])
    .execute();
  await schema
    .createTable("questions")
    .addColumn("repo", "bigint", (c) => c.notNull())
    .addColumn("site", "text", (c) => c.notNull())
    .addColumn("ask", "text", (c) => c.notNull())
    .addColumn("digest", "text", (c) => c.notNull())
    .addColumn("arg", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("token", "text")
    .addPrimaryKeyConstraint("questions_pk", ["repo", "site", "ask", "digest"])
    .execute();
}
