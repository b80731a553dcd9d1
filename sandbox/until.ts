/** Waiting for something that another process does, with a limit and a reason when it ends. */
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves with the first value that is neither `undefined`, `null` nor `false`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | null | false>,
  limitSeconds = 180,
): Promise<T> {
  const end = performance.now() + limitSeconds * 1000;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const found = await look();
      if (found !== undefined && found !== null && found !== false) return found;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  const why = last instanceof Error ? `: ${last.message}` : "";
  throw new Error(`${what}: not within ${limitSeconds} s${why}`);
}

/** An approval in the second in which a plan was shown came before it, so people take their time. */
export const readingTime = (): Promise<void> => sleep(1200);
