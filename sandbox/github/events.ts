/** The emulator's own events: completed, corrected, and handed on to the webhooks. */
import { send } from "./emit.ts";
import type { Dispatch } from "./emulator.ts";
import { refMoved } from "./refs.ts";
import { removeRequestedReviewer } from "./requested-reviewers.ts";
import { isJson, type Json } from "./router.ts";
import type { RepoRow } from "./rows.ts";
import { pullNumbered, refSha, repoNamed, userNamed, type World, zeroSha } from "./world.ts";

/** Takes the events that the emulator's own handlers announce, while they still run. */
export function dispatchOf(world: World): Dispatch {
  return (event, action, payload, owner, repoName) => {
    const repo = repoName === undefined ? undefined : repoNamed(world, `${owner}/${repoName}`);
    if (repo === undefined) world.webhooks.enqueue(() => send(world, event, action, payload));
    else fromEmulator(world, repo, { event, action, payload });
    return Promise.resolve();
  };
}

interface EmulatorEvent {
  readonly event: string;
  readonly action: string | undefined;
  readonly payload: Json;
}

function fromEmulator(
  world: World,
  repo: RepoRow,
  { event, action, payload }: EmulatorEvent,
): void {
  const later = (as: string, completed: Json) =>
    world.webhooks.enqueue(() => send(world, as, action, completed));
  const sender = isJson(payload["sender"]) ? String(payload["sender"]["login"]) : world.reader;
  const ref = String(payload["ref"]);

  if (event === "push" || event === "create") {
    const before = event === "create" ? zeroSha : String(payload["before"]);
    const after = event === "create" ? refSha(world, repo, ref) : String(payload["after"]);
    if (after === undefined) throw new Error(`${ref} was announced and is not there`);
    refMoved(world, repo, { ref, before, after, actor: userNamed(world, sender) });
  } else if (event === "pull_request") {
    const pull = isJson(payload["pull_request"]) ? payload["pull_request"] : {};
    later(event, { number: pull["number"], ...payload });
  } else if (event === "pull_request_review") {
    const review = isJson(payload["review"]) ? payload["review"] : {};
    const pull = isJson(payload["pull_request"]) ? payload["pull_request"] : {};
    removeRequestedReviewer(world, repo, Number(pull["number"]), userNamed(world, sender));
    later(event, {
      ...payload,
      review: { ...review, state: String(review["state"]).toLowerCase() },
    });
  } else if (event === "issues" && isPull(world, repo, payload)) {
    later("pull_request", pullInsteadOfIssue(payload));
  } else if (event === "issue_comment" && action === "edited") {
    const id = isJson(payload["comment"]) ? Number(payload["comment"]["id"]) : 0;
    later(event, { ...payload, changes: { body: { from: world.editedFrom.get(id) } } });
  } else later(event, payload);
}

function isPull(world: World, repo: RepoRow, payload: Json): boolean {
  const issue = isJson(payload["issue"]) ? payload["issue"] : {};
  return pullNumbered(world, repo, Number(issue["number"])) !== undefined;
}

/** The emulator announces a label of a pull request as one of an issue, with the pull inside. */
function pullInsteadOfIssue({ issue, ...rest }: Json): Json {
  return { ...rest, number: isJson(issue) ? issue["number"] : undefined, pull_request: issue };
}
