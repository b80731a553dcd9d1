/**
 * What comes of a message that a site sent to the control plane. There is one handler for each
 * kind; the handler verifies, and what it refuses it never says why to the sender.
 */
import type { Fleet } from "./fleet.ts";
import type { Message } from "./ports.ts";
import type { Job } from "./store-port.ts";

export type Received =
  | {
      readonly kind: "accepted";
      /** The JSON members of the answer. */
      readonly answer: Readonly<Record<string, string>>;
      readonly jobs?: readonly Job[];
    }
  | {
      readonly kind: "refused";
      /** For our own log: the sender gets the same words for every reason. */
      readonly why: string;
    };

/** @param message nothing in it is verified yet; its token is one of the handler's kind by its own word */
export type MessageHandler = (fleet: Fleet, message: Message) => Promise<Received>;

export const refusedFor = (why: string): Received => ({ kind: "refused", why });
