/** The receipt of a restore that an administrator ran at the site, with no control plane. */
import type { ClaimsOf } from "../../src/contract/claims.ts";
import { Version } from "../../src/contract/ids.ts";
import { localRestoreIdOf } from "../../src/signing/action-id.ts";
import { digestOfText, EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { mintToken } from "../../src/signing/mint.ts";
import type { Message } from "../../src/workflow/ports.ts";
import type { World } from "./fleet-world.ts";
import { digest, site as siteId } from "./ids.ts";

export async function localRestore(
  world: World,
  name: string,
  over: Partial<ClaimsOf<"receipt">> = {},
): Promise<Message> {
  const detail = "{}";
  const iat = world.clock.now();
  const site = world.sites.get(name)!;
  const common = { iss: `site:${name}`, aud: `cp:${world.repo}`, epoch: 1, iat, proto: 1 };
  const software = { build: digest("b"), ver: Version.parse("0.1.0"), lvl: "normal" as const };
  const chain = { size: 0, root: EMPTY_DIGEST, rseq: 1, prev: EMPTY_DIGEST, t0: iat, t1: iat };
  const what = { re: EMPTY_DIGEST, plan: EMPTY_DIGEST, pre: digest("p"), post: digest("p") };
  const { token } = await mintToken(
    "receipt",
    {
      ...common,
      ...software,
      ...chain,
      ...what,
      det: digestOfText(detail),
      sub: localRestoreIdOf({ rseq: 1, site: siteId(name) }),
      mode: "rollback",
      out: "local_restore",
      ...over,
    },
    site.key,
  );
  return { token, detail };
}
