/** Heartbeats, what is known of a site's silence, and questions that wait for its next beat. */
import { type Kysely, sql } from "kysely";
import type { Digest, SiteId } from "../contract/ids.ts";
import type {
  Beat,
  Contact,
  InventoryText,
  NewBeat,
  NewQuestion,
  Question,
  TakenBeat,
} from "../workflow/store-port.ts";
import type { Tables } from "./database.ts";

type Database = Kysely<Tables>;

/**
 * One statement: of two beats with one number, whenever they come, one moves. Written out, since
 * building it anew for each beat costs as much as running it.
 */
export async function takeBeat(db: Database, repo: number, beat: NewBeat): Promise<TakenBeat> {
  const { site, epoch, hbseq, iat, at, every, inv, last, lvl, ver, skew } = beat;
  const { rows } = await sql`
    insert into "beats" ("repo", "site", "epoch", "hbseq", "iat", "at", "every", "inv", "last",
      "lvl", "ver", "skew", "answered_at")
    values (${repo}, ${site}, ${epoch}, ${hbseq}, ${iat}, ${at}, ${every}, ${inv}, ${last},
      ${lvl}, ${ver}, ${skew}, 0)
    on conflict ("repo", "site") do update set "epoch" = excluded."epoch",
      "hbseq" = excluded."hbseq", "iat" = excluded."iat", "at" = excluded."at",
      "every" = excluded."every", "inv" = excluded."inv", "last" = excluded."last",
      "lvl" = excluded."lvl", "ver" = excluded."ver", "skew" = excluded."skew", "missed_at" = null
    where "beats"."epoch" < excluded."epoch"
      or ("beats"."epoch" = excluded."epoch" and "beats"."hbseq" < excluded."hbseq")
    returning "hbseq"`.execute(db);
  if (rows.length > 0) return { moved: true };
  const stored = await readBeat(db, repo, site);
  return { moved: false, storedIat: stored?.iat ?? 0 };
}

const columns = [
  "site",
  "epoch",
  "hbseq",
  "iat",
  "at",
  "every",
  "inv",
  "last",
  "lvl",
  "ver",
  "skew",
  "answered_at as answeredAt",
  "missed_at as missedAt",
  "closed_at as closedAt",
] as const;

export async function readBeat(db: Database, repo: number, site: SiteId): Promise<Beat | null> {
  const row = await db
    .selectFrom("beats")
    .select(columns)
    .where("repo", "=", repo)
    .where("site", "=", site)
    .executeTakeFirst();
  return row ?? null;
}

export async function readBeats(db: Database, repo: number): Promise<readonly Beat[]> {
  return db.selectFrom("beats").select(columns).where("repo", "=", repo).orderBy("site").execute();
}

/** Changes nothing for a site that never sent a beat. */
export async function noteContact(
  db: Database,
  repo: number,
  site: SiteId,
  { answeredAt, missedAt, closedAt, skew }: Contact,
): Promise<void> {
  const change = {
    ...(answeredAt === undefined ? {} : { answered_at: answeredAt }),
    ...(missedAt === undefined ? {} : { missed_at: missedAt }),
    ...(closedAt === undefined ? {} : { closed_at: closedAt }),
    ...(skew === undefined ? {} : { skew }),
  };
  await db
    .updateTable("beats")
    .set(change)
    .where("repo", "=", repo)
    .where("site", "=", site)
    .execute();
}

/** The newest one alone is kept. */
export async function keepInventory(
  db: Database,
  repo: number,
  site: SiteId,
  { digest, text, at }: InventoryText,
): Promise<void> {
  await db
    .insertInto("inventories")
    .values({ repo, site, digest, text, at })
    .onConflict((conflict) => conflict.columns(["repo", "site"]).doUpdateSet({ digest, text, at }))
    .execute();
}

export async function readInventory(
  db: Database,
  repo: number,
  site: SiteId,
): Promise<InventoryText | null> {
  const row = await db
    .selectFrom("inventories")
    .select(["digest", "text", "at"])
    .where("repo", "=", repo)
    .where("site", "=", site)
    .executeTakeFirst();
  return row ?? null;
}

export async function keepTrees(
  db: Database,
  repo: number,
  site: SiteId,
  text: string,
): Promise<void> {
  await db
    .insertInto("trees")
    .values({ repo, site, text })
    .onConflict((conflict) => conflict.columns(["repo", "site"]).doUpdateSet({ text }))
    .execute();
}

export async function readTrees(db: Database, repo: number, site: SiteId): Promise<string | null> {
  const row = await db
    .selectFrom("trees")
    .select("text")
    .where("repo", "=", repo)
    .where("site", "=", site)
    .executeTakeFirst();
  return row?.text ?? null;
}

export async function putQuestion(
  db: Database,
  repo: number,
  { site, ask, arg, digest, at }: NewQuestion,
): Promise<void> {
  await db
    .insertInto("questions")
    .values({ repo, site, ask, arg, digest, at, token: null })
    .onConflict((conflict) =>
      conflict.columns(["repo", "site", "ask", "digest"]).doUpdateSet({ at }),
    )
    .execute();
}

export async function readQuestions(
  db: Database,
  repo: number,
  site: SiteId,
): Promise<readonly Question[]> {
  return db
    .selectFrom("questions")
    .select(["site", "ask", "arg", "digest", "at", "token"])
    .where("repo", "=", repo)
    .where("site", "=", site)
    .orderBy("at", "desc")
    .execute();
}

export async function noteAsked(
  db: Database,
  repo: number,
  { site, ask, digest }: NewQuestion,
  token: Digest,
): Promise<void> {
  await db
    .updateTable("questions")
    .set({ token })
    .where((row) => row.and({ repo, site, ask, digest }))
    .execute();
}

/** One statement: of two answers to one question, one takes it away. */
export async function takeQuestion(
  db: Database,
  repo: number,
  site: SiteId,
  token: Digest,
): Promise<Question | null> {
  const row = await db
    .deleteFrom("questions")
    .where((one) => one.and({ repo, site, token }))
    .returning(["site", "ask", "arg", "digest", "at", "token"])
    .executeTakeFirst();
  return row ?? null;
}

export async function dropQuestions(
  db: Database,
  repo: number,
  site: SiteId,
  before: number,
): Promise<void> {
  await db
    .deleteFrom("questions")
    .where((row) => row.and({ repo, site }))
    .where("at", "<", before)
    .execute();
}
