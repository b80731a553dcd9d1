/**
 * The `proof` beside an action, RFC 8785 text. It names its line's place nowhere: that is the
 * action's `seq`. Source: docs/protocol.md, "The signed action".
 */
import { z } from "zod";

const HashHex = z.string().regex(/^[0-9a-f]{64}$/u, "64 lower-case hex digits");
/** As long as a path can be in a tree of 2^53 leaves. */
export const HashPath = z.array(HashHex).max(64);

export const LogProof = z.strictObject({
  /** The signed head that both paths lead to. */
  checkpoint: z.string(),
  /** From the tree of `from` leaves to the checkpoint's. */
  consistency: HashPath,
  /** Size of the head that the site last reported. */
  from: z.int().min(0),
  inclusion: HashPath,
  /** The authorisation, without its newline. */
  line: z.string(),
});
export type LogProof = z.infer<typeof LogProof>;
