/** The audit branch: orphan, append-only, moved by compare-and-swap alone. */
import type { CommitSha } from "../contract/ids.ts";
import type { AuditBranch } from "../workflow/forge-port.ts";
import { asked, type GitHubRepository, orNull, statusOf } from "./client.ts";
import { createCommit } from "./following.ts";
import { readTip } from "./reading.ts";

const branch = "countersign/audit";

export async function readAuditHead(at: GitHubRepository): ReturnType<AuditBranch["auditHead"]> {
  const commit = await readTip(at, branch);
  if (commit === null) return null;
  return { commit, checkpoint: (await auditFile(at, commit, "checkpoint")) ?? "" };
}

export async function auditFile(
  at: GitHubRepository,
  commit: CommitSha,
  path: string,
): Promise<string | null> {
  const { client, owner, repo } = at;
  const answer = await orNull(
    `read ${path} of the audit branch`,
    client.rest.repos.getContent({ owner, repo, path, ref: commit }),
  );
  if (answer === null || Array.isArray(answer.data) || answer.data.type !== "file") return null;
  if (answer.data.encoding === "base64") {
    return Buffer.from(answer.data.content, "base64").toString("utf8");
  }
  // Above 1 MB the contents API leaves the text out; the blob has it.
  const blob = await asked(
    `read ${path} of the audit branch`,
    client.rest.git.getBlob({ owner, repo, file_sha: answer.data.sha }),
  );
  return Buffer.from(blob.data.content, "base64").toString("utf8");
}

export async function appendAudit(
  at: GitHubRepository,
  batch: Parameters<AuditBranch["appendAudit"]>[0],
): Promise<CommitSha | null> {
  const { client, owner, repo } = at;
  if ((await readTip(at, branch)) !== batch.parent) return null;
  const sha = await createCommit(at, batch);
  try {
    if (batch.parent === null) {
      await client.rest.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha });
    } else {
      const ref = `heads/${branch}`;
      await client.rest.git.updateRef({ owner, repo, ref, sha, force: false });
    }
    return sha;
  } catch (error) {
    // GitHub's answer to a move that is no fast-forward: somebody else was first.
    if (statusOf(error) === 422) return null;
    return asked("move the audit branch", Promise.reject(error));
  }
}
