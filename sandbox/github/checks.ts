/** Check runs: only the App writes them; annotations add up; buttons are people's. */
import { emit } from "./emit.ts";
import { findCommit } from "./objects.ts";
import {
  bodyOf,
  type Ctx,
  HttpError,
  isJson,
  type Json,
  notFound,
  paged,
  stringsIn,
} from "./router.ts";
import type { CheckRunRow, RepoRow } from "./rows.ts";
import { readObject, repoOf, userNamed, type World } from "./world.ts";

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number | null;
  readonly end_column: number | null;
  readonly annotation_level: string;
  readonly message: string;
  readonly title: string | null;
  readonly raw_details: string | null;
}

const maxAnnotations = 50;
const maxText = 65_535;
const maxButtons = 3;

export function installChecks(world: World): void {
  const runs = "/repos/:owner/:repo/check-runs";
  world.router.use(runs, async (c, next) => {
    const body = await bodyOf(c);
    refuseUnlessApp(c);
    refuseWrong(body);
    const repo = repoOf(world, c);
    const sha = String(body["head_sha"]);
    if (findCommit(world, repo, sha) === undefined) {
      throw new HttpError(422, `No commit found for SHA: ${sha}`);
    }
    const earlier = world.gh.checkRuns.all().length;
    await next();
    const created = world.gh.checkRuns
      .all()
      .slice(earlier)
      .find((row) => row.name === body["name"] && row.head_sha === sha);
    if (created !== undefined) remember(world, created.id, body);
  });
  world.router.use(`${runs}/:id`, async (c, next) => {
    if (c.req.method !== "PATCH") return next();
    const body = await bodyOf(c);
    refuseUnlessApp(c);
    refuseWrong(body);
    await next();
    remember(world, Number(c.req.param("id")), body);
  });
  world.router.get(`${runs}/:id/annotations`, (c) => {
    const { id } = runOf(world, repoOf(world, c), Number(c.req.param("id")));
    return c.json(paged(c, world.annotations.get(id) ?? []));
  });
}

function refuseUnlessApp(c: Ctx): void {
  if (c.get("authUser")?.installation !== undefined) return;
  throw new HttpError(403, "You must authenticate via a GitHub App.");
}

function refuseWrong({ output, actions }: Json): void {
  if (Array.isArray(actions) && actions.length > maxButtons) {
    throw new HttpError(422, "Invalid request. No more than 3 items are allowed.");
  }
  if (!isJson(output)) return;
  if (typeof output["summary"] !== "string") {
    throw new HttpError(422, `Invalid request. "summary" wasn't supplied.`);
  }
  for (const text of [output["summary"], output["text"]]) {
    if (typeof text === "string" && text.length > maxText) {
      throw new HttpError(422, "Invalid request. Only 65535 characters are allowed.");
    }
  }
  const { annotations } = output;
  if (Array.isArray(annotations) && annotations.length > maxAnnotations) {
    throw new HttpError(422, "Invalid request. No more than 50 items are allowed.");
  }
}

function remember(world: World, id: number, { output, actions }: Json): void {
  const sent = isJson(output) && Array.isArray(output["annotations"]) ? output["annotations"] : [];
  const known = world.annotations.get(id) ?? [];
  world.annotations.set(id, [...known, ...sent.filter(isJson).map(annotationOf)]);
  if (!Array.isArray(actions)) return;
  const identifiers = actions.filter(isJson).map((action) => action["identifier"]);
  world.buttons.set(id, stringsIn(identifiers));
}

function annotationOf(sent: Json): Annotation {
  const text = (name: string) => (typeof sent[name] === "string" ? sent[name] : null);
  const count = (name: string) => (typeof sent[name] === "number" ? sent[name] : null);
  return {
    path: text("path") ?? "",
    start_line: count("start_line") ?? 1,
    end_line: count("end_line") ?? 1,
    start_column: count("start_column"),
    end_column: count("end_column"),
    annotation_level: text("annotation_level") ?? "notice",
    message: text("message") ?? "",
    title: text("title"),
    raw_details: text("raw_details"),
  };
}

function runOf(world: World, repo: RepoRow, id: number): CheckRunRow {
  const run = world.gh.checkRuns.get(id);
  if (run?.repo_id !== repo.id) throw notFound();
  return run;
}

/** A person presses a button of a check run. @throws when the run shows no such button. */
export function pressButton(
  world: World,
  repo: RepoRow,
  press: { id: number; identifier: string; login: string },
): void {
  const { id, identifier } = press;
  if (!(world.buttons.get(id) ?? []).includes(identifier)) {
    throw new Error(`check run ${id} has no button ${identifier}`);
  }
  const requested_action = { identifier };
  announce(world, repo, { ...press, action: "requested_action", extra: { requested_action } });
}

/** A person presses *Re-run*. */
export function rerun(world: World, repo: RepoRow, press: { id: number; login: string }): void {
  announce(world, repo, { ...press, action: "rerequested", extra: {} });
}

function announce(
  world: World,
  repo: RepoRow,
  what: { id: number; login: string; action: string; extra: Json },
): void {
  const { id, action, extra } = what;
  const sender = userNamed(world, what.login);
  runOf(world, repo, id);
  const path = `/repos/${repo.full_name}/check-runs/${id}`;
  const detail = async () => ({ check_run: await readObject(world, path), ...extra });
  emit(world, repo, { event: "check_run", action, sender, detail });
}
