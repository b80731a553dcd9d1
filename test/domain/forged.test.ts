import { describe, expect, it } from "vitest";
import { BURST, type ForgedMessages, forgedItem, oneMore } from "../../src/domain/forged.ts";

const now = 1_760_000_000;
const after = (count: number, everySeconds = 1): ForgedMessages =>
  Array.from({ length: count }).reduce<ForgedMessages | undefined>(
    (known, _none, at) => oneMore(known, now + at * everySeconds),
    undefined,
  )!;

describe("messages that do not verify", () => {
  it("are a burst from the twentieth within ten minutes on", () => {
    expect(forgedItem(undefined, now)).toBeNull();
    expect(forgedItem(after(BURST.messages - 1), now + 20)).toBeNull();
    expect(forgedItem(after(BURST.messages), now + 20)).toEqual({
      id: "messages",
      level: "unknown",
      at: now + 19,
      value: "20 messages in its name did not verify, last at 2025-10-09T08:53:39.000Z",
    });
  });
  it("are no burst where they trickle", () => {
    expect(forgedItem(after(100, 60), now + 6000)).toBeNull();
  });
  it("go on as one burst until they are quiet, and are forgotten then", () => {
    const burst = oneMore(after(BURST.messages), now + 19 + BURST.quietSeconds);
    expect(burst).toMatchObject({ since: now, count: BURST.messages + 1 });
    expect(forgedItem(burst, burst.last + BURST.quietSeconds)).not.toBeNull();
    expect(forgedItem(burst, burst.last + BURST.quietSeconds + 1)).toBeNull();
    expect(oneMore(burst, burst.last + BURST.quietSeconds + 1)).toMatchObject({ count: 1 });
  });
});
