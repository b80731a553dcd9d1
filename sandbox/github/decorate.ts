/**
 * Completes the emulator's JSON, in answers and in webhooks alike: which App did it, what GitHub
 * signed, which pull requests a check run belongs to.
 */
import { isJson, type Json } from "./router.ts";
import { pullNumbered, repoNamed, type World } from "./world.ts";

type Fix = (world: World, value: Json) => Json;

/** A copy with every known gap filled, at any depth. */
export function decorate(world: World, value: Json): Json {
  return fixObject(world, value);
}

export function decorateAny(world: World, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => decorateAny(world, item));
  return isJson(value) ? fixObject(world, value) : value;
}

function fixObject(world: World, value: Json): Json {
  const inside = Object.entries(value).map(([key, item]) => [key, decorateAny(world, item)]);
  return fixes.reduce<Json>((fixed, fix) => fix(world, fixed), Object.fromEntries(inside));
}

const viaApp: Fix = (world, value) => {
  const author = value["user"] ?? value["creator"];
  if (!("performed_via_github_app" in value) || !isJson(author)) return value;
  const byApp = author["login"] === `${world.app.slug}[bot]`;
  return byApp ? { ...value, performed_via_github_app: appBrief(world) } : value;
};

const checkRun: Fix = (world, value) => {
  if (!("check_suite" in value) || !isJson(value["output"])) return value;
  const annotations = world.annotations.get(Number(value["id"])) ?? [];
  const output = { ...value["output"], annotations_count: annotations.length };
  return { ...value, output, app: appBrief(world), pull_requests: pullsAt(world, value) };
};

const checkSuite: Fix = (world, value) =>
  "head_branch" in value && "before" in value && "app" in value
    ? { ...value, app: appBrief(world), pull_requests: pullsAt(world, value) }
    : value;

const signature: Fix = (world, value) => {
  if (typeof value["sha"] !== "string" || !world.signed.has(value["sha"])) return value;
  const verification = { verified: true, reason: "valid", signature: null, payload: null };
  if (isJson(value["commit"]) && "verification" in value["commit"]) {
    return { ...value, commit: { ...value["commit"], verification } };
  }
  return "verification" in value ? { ...value, verification } : value;
};

const issueOfPull: Fix = (world, value) => {
  if (!("timeline_url" in value) || "pull_request" in value) return value;
  const name = repoNameIn(value["repository_url"]);
  if (name === undefined) return value;
  const pull = pullNumbered(world, repoNamed(world, name), Number(value["number"]));
  if (pull === undefined) return value;
  const [url, html] = [`${world.origin}/repos/${name}`, `${world.origin}/${name}`];
  const links = { url: `${url}/pulls/${pull.number}`, html_url: `${html}/pull/${pull.number}` };
  return { ...value, pull_request: { ...links, merged_at: pull.merged_at } };
};

const fixes: readonly Fix[] = [viaApp, checkRun, checkSuite, signature, issueOfPull];

function appBrief({ app, org }: World): Json {
  return {
    id: app.id,
    slug: app.slug,
    name: app.name,
    owner: { login: org, type: "Organization" },
  };
}

function pullsAt(world: World, value: Json): Json[] {
  const name = repoNameIn(value["url"]);
  if (name === undefined) return [];
  const repo = repoNamed(world, name);
  const brief = { id: repo.id, url: `${world.origin}/repos/${name}`, name: repo.name };
  return world.gh.pullRequests
    .findBy("repo_id", repo.id)
    .filter((pull) => pull.state === "open" && pull.head_sha === value["head_sha"])
    .map(({ id, number, head_ref, head_sha, base_ref, base_sha }) => ({
      id,
      number,
      url: `${brief.url}/pulls/${number}`,
      head: { ref: head_ref, sha: head_sha, repo: brief },
      base: { ref: base_ref, sha: base_sha, repo: brief },
    }));
}

function repoNameIn(url: unknown): string | undefined {
  return typeof url === "string" ? /\/repos\/([^/]+\/[^/]+)/.exec(url)?.[1] : undefined;
}
