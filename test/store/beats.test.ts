import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Version } from "../../src/contract/ids.ts";
import type { NewBeat, NewQuestion } from "../../src/workflow/store-port.ts";
import { databases, type Opened } from "../support/databases.ts";
import { digest, site } from "../support/ids.ts";

const [fleet, other] = [4711, 4712];
const shop = site("shop");
const beat = (over: Partial<NewBeat> = {}): NewBeat => ({
  site: shop,
  epoch: 1,
  hbseq: 5,
  iat: 1000,
  at: 1001,
  every: 300,
  inv: digest("inventory"),
  last: digest("receipt"),
  lvl: "normal",
  ver: Version.parse("0.1.0"),
  skew: -1,
  ...over,
});

describe.each(databases)("heartbeats on %s", (_name, openKind) => {
  const kind = openKind();
  let at: Opened;
  beforeAll(() => kind.start(), 60_000);
  afterAll(() => kind.stop());
  beforeEach(async () => {
    at = await kind.open();
  });
  afterEach(() => at.close());

  it("move only up, and of many at once with one number one moves", async () => {
    const taken = await Promise.all(
      [1, 2, 3, 4, 5].map(() => at.store.takeBeat(fleet, beat({ hbseq: 6 }))),
    );
    expect(taken.filter(({ moved }) => moved)).toHaveLength(1);
    expect(await at.store.takeBeat(fleet, beat({ iat: 900 }))).toEqual({
      moved: false,
      storedIat: 1000,
    });
    expect(await at.store.takeBeat(fleet, beat({ hbseq: 7, iat: 1100 }))).toEqual({ moved: true });
    expect(await at.store.beat(fleet, shop)).toMatchObject({ ...beat(), hbseq: 7, iat: 1100 });
    expect(await at.store.beat(other, shop)).toBeNull();
  });
  it("begin again in a later epoch, and never go back to an earlier one", async () => {
    await at.store.takeBeat(fleet, beat());
    expect(await at.store.takeBeat(fleet, beat({ epoch: 2, hbseq: 1 }))).toEqual({ moved: true });
    expect(await at.store.takeBeat(fleet, beat({ hbseq: 99 }))).toMatchObject({ moved: false });
  });
  it("keep what was found out beside them, until a beat ends the silence", async () => {
    await at.store.noteContact(fleet, shop, { missedAt: 1 });
    expect(await at.store.beats(fleet)).toEqual([]);
    await at.store.takeBeat(fleet, beat());
    await at.store.noteContact(fleet, shop, { missedAt: 2000, closedAt: 1990 });
    await at.store.noteContact(fleet, shop, { answeredAt: 1500 });
    expect(await at.store.beats(fleet)).toEqual([
      { ...beat(), answeredAt: 1500, missedAt: 2000, closedAt: 1990 },
    ]);
    await at.store.takeBeat(fleet, beat({ hbseq: 6 }));
    expect(await at.store.beat(fleet, shop)).toMatchObject({ missedAt: null, closedAt: 1990 });
  });
  it("have the newest inventory alone beside them", async () => {
    await at.store.keepInventory(fleet, shop, { digest: digest("a"), text: "a", at: 1 });
    await at.store.keepInventory(fleet, shop, { digest: digest("b"), text: "b", at: 2 });
    expect(await at.store.inventory(fleet, shop)).toEqual({
      digest: digest("b"),
      text: "b",
      at: 2,
    });
    expect(await at.store.inventory(other, shop)).toBeNull();
  });
  it("keep one question once, and give its answer to one", async () => {
    const question: NewQuestion = {
      site: shop,
      ask: "readiness",
      arg: "{}",
      digest: digest("q"),
      at: 1,
    };
    await at.store.putQuestion(fleet, question);
    await at.store.putQuestion(fleet, { ...question, at: 2 });
    expect(await at.store.questions(fleet, shop)).toEqual([{ ...question, at: 2, token: null }]);
    await at.store.noteAsked(fleet, question, digest("token"));
    const both = [1, 2].map(() => at.store.takeQuestion(fleet, shop, digest("token")));
    const found = await Promise.all(both);
    expect(found.filter((one) => one !== null)).toMatchObject([{ ask: "readiness" }]);
    await at.store.putQuestion(fleet, question);
    await at.store.dropQuestions(fleet, shop, 2);
    expect(await at.store.questions(fleet, shop)).toEqual([]);
  });
});
