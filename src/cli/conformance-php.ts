/** The connector's own verifier, in a PHP process that answers line by line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { REFUSAL_REASONS, type RefusalReason } from "../contract/claims.ts";
import { CountersignError } from "../errors.ts";
import type { Implementation } from "./conformance-judge.ts";
import type { KeyedLine, PairingLine } from "./conformance-line.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/conformance.php", import.meta.url));

/** @throws CountersignError `usage` when there is no PHP on this machine. */
export async function startPhp(): Promise<Implementation> {
  const php = spawn("php", [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  await once(php, "spawn").catch((cause: unknown) => {
    throw new CountersignError("usage", "There is no `php` on this machine.", {
      hint: "Install PHP 7.4 or later with its sodium extension, or run with --impl ts.",
      cause,
    });
  });
  const ended = once(php, "close");
  const answers = createInterface({ input: php.stdout })[Symbol.asyncIterator]();
  return {
    verify: async (message) => {
      php.stdin.write(`${JSON.stringify(asPhp(message))}\n`);
      const { value, done } = await answers.next();
      if (done !== true) return reasonOf(value);
      throw new CountersignError("usage", "The connector's verifier stopped.", {
        hint: "Its own message stands above; the line that was not answered is the next one.",
      });
    },
    close: async () => {
      php.stdin.end();
      await ended;
    },
  };
}

function reasonOf(answer: string): RefusalReason | null {
  if (answer === "") return null;
  const reason = REFUSAL_REASONS.find((known) => known === answer);
  if (reason !== undefined) return reason;
  throw new CountersignError("usage", `The connector's verifier answered ${answer}.`, {
    hint: "Its reasons are a closed list: regenerate connector/src/claims.php.",
  });
}

/** A key that is no object of texts is ill-typed for every verifier, so `null` stands for it. */
function asPhp(message: KeyedLine | PairingLine): object {
  if (message.kind === "pairing") return message;
  const keys = Object.entries(message.keys).map(([kid, key]) => [kid, isFlat(key) ? key : null]);
  return { ...message, epoch: message.epoch ?? null, keys };
}

function isFlat(key: unknown): boolean {
  return (
    typeof key === "object" &&
    key !== null &&
    !Array.isArray(key) &&
    Object.entries(key).every((pair) => pair.every((text) => isText(text)))
  );
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}
