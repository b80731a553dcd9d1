/** Both branches' protection, as people are told of it with every verdict. */
import { type JudgedProtection, judgeProtection } from "../domain/protection.ts";
import type { Fleet } from "./fleet.ts";
import { unread } from "./unread.ts";

export const auditBranch = "countersign/audit";

export async function readProtections({
  forge,
  repository,
}: Pick<Fleet, "forge" | "repository">): Promise<readonly JudgedProtection[]> {
  const own = await unread(forge.protection(repository.defaultBranch));
  const audit = await unread(forge.protection(auditBranch));
  return [judgeProtection("default", own), judgeProtection("audit", audit)];
}
