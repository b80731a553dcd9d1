/**
 * What webhooks leave behind: a job in the durable queue, before GitHub gets its answer. The same
 * hint twice is one job, a lost one is found by the sweep.
 */
import { reach } from "../failpoint.ts";
import type { Clock } from "../workflow/ports.ts";
import type { Job, Store } from "../workflow/store-port.ts";
import { forgetWebhooksBefore } from "./webhooks.ts";

interface RepositoryPayload {
  readonly repository: {
    readonly id: number;
    readonly name: string;
    readonly owner: { readonly login: string } | null;
    readonly default_branch: string;
  };
  readonly installation?: { readonly id: number } | undefined;
}

export interface Inbox {
  installed(
    installation: number,
    repositories: readonly { readonly id: number; readonly full_name: string }[],
  ): Promise<void>;
  pushed(payload: RepositoryPayload & { readonly ref: string }): Promise<void>;
  proposed(payload: RepositoryPayload, pull: number): Promise<void>;
  merged(payload: RepositoryPayload): Promise<void>;
  queued(
    payload: RepositoryPayload & {
      readonly merge_group: { readonly head_sha: string; readonly base_ref: string };
    },
  ): Promise<void>;
  rechecked(payload: RepositoryPayload, head: string): Promise<void>;
  commented(
    payload: RepositoryPayload & {
      readonly issue: { readonly number: number };
      readonly comment: { readonly id: number; readonly body: string };
    },
  ): Promise<void>;
  rolesChanged(organisation: string): Promise<void>;
  /** Looks after every fleet, so that a lost webhook heals. */
  sweepAll(): Promise<void>;
}

export function openInbox(facts: {
  readonly store: Store;
  readonly clock: Clock;
  /** Called after every job, so that a worker need not wait for its next look. */
  readonly wake: () => void;
}): Inbox {
  const { store, clock, wake } = facts;

  async function ask(payload: RepositoryPayload, kind: Job["kind"], key: string): Promise<void> {
    const { repository, installation } = payload;
    const { id: repo, name, owner } = repository;
    if (installation === undefined || owner === null) return;
    reach("webhook.before");
    await store.keepFleet({ repo, installation: installation.id, owner: owner.login, name });
    await enqueue(repo, kind, key);
    reach("webhook.stored");
  }
  async function enqueue(repo: number, kind: Job["kind"], key: string): Promise<void> {
    await store.enqueue(repo, { kind, key, runAt: clock.now() });
    wake();
  }

  return {
    async installed(installation, repositories) {
      for (const { id: repo, full_name } of repositories) {
        const [owner, name] = full_name.split("/");
        if (owner === undefined || name === undefined) continue;
        await store.keepFleet({ repo, installation, owner, name });
        await enqueue(repo, "sweep", "");
      }
    },
    async pushed(payload) {
      const { default_branch: branch } = payload.repository;
      if (payload.ref === `refs/heads/${branch}`) await ask(payload, "sweep", "");
    },
    proposed: (payload, pull) => ask(payload, "review", String(pull)),
    merged: (payload) => ask(payload, "settle", ""),
    async queued(payload) {
      const { base_ref: base, head_sha: head } = payload.merge_group;
      const { default_branch: branch } = payload.repository;
      if (base === `refs/heads/${branch}`) await ask(payload, "queue", head);
    },
    rechecked: (payload, head) => ask(payload, "review", head),
    async commented(payload) {
      const { issue, comment } = payload;
      // Most comments command nothing; what a command is the job reads again from the comment.
      if (!comment.body.includes("/countersign")) return;
      await ask(payload, "command", `${issue.number} ${comment.id}`);
    },
    async rolesChanged(organisation) {
      for (const fleet of await store.fleets()) {
        if (fleet.owner.toLowerCase() !== organisation.toLowerCase()) continue;
        await enqueue(fleet.repo, "sweep", "");
      }
    },
    async sweepAll() {
      await store.forgetWebhooks(forgetWebhooksBefore(clock.now()));
      for (const { repo } of await store.fleets()) await enqueue(repo, "sweep", "");
    },
  };
}
