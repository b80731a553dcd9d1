/** An audit branch in memory, with GitHub's compare-and-swap. */
import type { CommitSha } from "../../src/contract/ids.ts";
import type { AuditBranch } from "../../src/workflow/forge-port.ts";
import { sha } from "./ids.ts";

export class MemoryBranch implements AuditBranch {
  head: CommitSha | null = null;
  /** The next write happens, and its answer does not arrive. */
  losesAnswer = false;
  readonly commits = new Map<CommitSha, ReadonlyMap<string, string>>();

  get files(): ReadonlyMap<string, string> {
    return (this.head && this.commits.get(this.head)) ?? new Map();
  }

  async auditHead() {
    if (this.head === null) return null;
    return { commit: this.head, checkpoint: this.files.get("checkpoint") ?? "" };
  }
  async auditFile(commit: CommitSha, path: string) {
    return this.commits.get(commit)?.get(path) ?? null;
  }
  async appendAudit(batch: Parameters<AuditBranch["appendAudit"]>[0]) {
    if (batch.parent !== this.head) return null;
    const commit = sha(`commit ${this.commits.size}`);
    this.commits.set(commit, new Map([...this.files, ...batch.files]));
    this.head = commit;
    if (this.losesAnswer) {
      this.losesAnswer = false;
      throw new Error("the answer was lost");
    }
    return commit;
  }
}
