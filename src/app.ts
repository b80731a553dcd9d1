/**
 * The GitHub App: one line per event. A webhook is only a hint that something changed: it becomes
 * a job, and the job reads everything again. docs/architecture.md, "From event to effect".
 */
import type { Probot } from "probot";
import type { Inbox } from "./server/inbox.ts";

export const countersign =
  (inbox: Inbox) =>
  (app: Probot): void => {
    app.on(["installation.created", "installation.new_permissions_accepted"], ({ payload }) =>
      inbox.installed(payload.installation.id, payload.repositories ?? []),
    );
    app.on("installation_repositories.added", ({ payload }) =>
      inbox.installed(payload.installation.id, payload.repositories_added),
    );

    app.on("push", ({ payload }) => inbox.pushed(payload));

    app.on(
      [
        "pull_request.opened",
        "pull_request.reopened",
        "pull_request.synchronize",
        "pull_request.ready_for_review",
        "pull_request.converted_to_draft",
      ],
      ({ payload }) => inbox.proposed(payload, payload.pull_request.number),
    );
    // Of what people edit only the base matters to what a proposal would change.
    app.on("pull_request.edited", async ({ payload }) => {
      if (payload.changes.base !== undefined) {
        await inbox.proposed(payload, payload.pull_request.number);
      }
    });
    app.on("pull_request.closed", ({ payload }) =>
      payload.pull_request.merged
        ? inbox.merged(payload)
        : inbox.proposed(payload, payload.pull_request.number),
    );

    app.on(
      [
        "pull_request_review.submitted",
        "pull_request_review.edited",
        "pull_request_review.dismissed",
      ],
      ({ payload }) => inbox.proposed(payload, payload.pull_request.number),
    );

    app.on("issue_comment.created", ({ payload }) => inbox.commented(payload));

    app.on("check_run.requested_action", ({ payload }) =>
      inbox.rechecked(payload, payload.check_run.head_sha),
    );
    app.on("check_run.rerequested", ({ payload }) =>
      inbox.rechecked(payload, payload.check_run.head_sha),
    );
    app.on("merge_group.checks_requested", async ({ payload }) => {
      const { repository } = payload;
      if (repository !== undefined) await inbox.queued({ ...payload, repository });
    });

    app.on(
      [
        "membership.added",
        "membership.removed",
        "organization.member_added",
        "organization.member_removed",
        "team.added_to_repository",
        "team.created",
        "team.deleted",
        "team.edited",
        "team.removed_from_repository",
      ],
      ({ payload }) => inbox.rolesChanged(payload.organization.login),
    );
  };
