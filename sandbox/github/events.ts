/** The emulator's own events: completed, corrected, and handed on to the webhooks. */
import { emitPull, send } from "./emit.ts";
import type { Dispatch } from "./emulator.ts";
import { refreshPull } from "./pull-state.ts";
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

type Translate = (world: World, repo: RepoRow, event: EmulatorEvent) => void;

function fromEmulator(world: World, repo: RepoRow, event: EmulatorEvent): void {
  (translations[event.event] ?? forward)(world, repo, event);
}

const forward: Translate = (world, _repo, { event, action, payload }) =>
  world.webhooks.enqueue(() => send(world, event, action, payload));

const movedRef: Translate = (world, repo, { event, payload }) => {
  const ref = String(payload["ref"]);
  const before = event === "create" ? zeroSha : String(payload["before"]);
  const after = refSha(world, repo, ref);
  if (after === undefined) throw new Error(`${ref} was announced and is not there`);
  refMoved(world, repo, { ref, before, after, actor: senderOf(world, payload) });
};

/** Every other event of a pull request is the overlay's own. */
const openedPull: Translate = (world, repo, { payload }) => {
  const number = Number(member(payload, "pull_request")["number"]);
  const pull = pullNumbered(world, repo, number);
  if (pull === undefined) throw new Error(`pull request ${number} was announced and is not there`);
  refreshPull(world, repo, pull.id);
  emitPull(world, repo, { action: "opened", number, sender: senderOf(world, payload) });
};

/** GitHub writes a review's state small in webhooks, and in capitals in its API. */
const submittedReview: Translate = (world, repo, event) => {
  const { payload } = event;
  const number = Number(member(payload, "pull_request")["number"]);
  removeRequestedReviewer(world, repo, number, senderOf(world, payload));
  const review = member(payload, "review");
  const state = String(review["state"]).toLowerCase();
  forward(world, repo, { ...event, payload: { ...payload, review: { ...review, state } } });
};

/** The emulator announces a label of a pull request as one of an issue, with the pull inside. */
const changedIssue: Translate = (world, repo, event) => {
  const { issue, ...rest } = event.payload;
  const number = Number(member(event.payload, "issue")["number"]);
  const isPull = pullNumbered(world, repo, number) !== undefined;
  const payload = { ...rest, number, pull_request: issue };
  forward(world, repo, isPull ? { ...event, event: "pull_request", payload } : event);
};

const comment: Translate = (world, repo, event) => {
  const { action, payload } = event;
  const from = world.editedFrom.get(Number(member(payload, "comment")["id"]));
  const changes = { body: { from } };
  forward(
    world,
    repo,
    action === "edited" ? { ...event, payload: { ...payload, changes } } : event,
  );
};

const translations: Readonly<Record<string, Translate>> = {
  push: movedRef,
  create: movedRef,
  pull_request: openedPull,
  pull_request_review: submittedReview,
  issues: changedIssue,
  issue_comment: comment,
  branch_protection_rule: () => undefined, // announced by protection-routes.ts, with its sender
};

const member = (payload: Json, name: string): Json => (isJson(payload[name]) ? payload[name] : {});

const senderOf = (world: World, payload: Json) =>
  userNamed(world, String(member(payload, "sender")["login"]));
