/** Well-formed ids for tests: `sha("a")` is the same commit everywhere. */
import { createHash } from "node:crypto";
import { CommitSha, Digest, SiteId } from "../../src/contract/ids.ts";

const hex = (name: string) => createHash("sha256").update(name).digest("hex");

export const sha = (name: string): CommitSha => CommitSha.parse(hex(name).slice(0, 40));
export const digest = (name: string): Digest => Digest.parse(`sha256:${hex(name)}`);
export const site = (name: string): SiteId => SiteId.parse(name);
