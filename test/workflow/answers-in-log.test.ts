/** Commands that no webhook told of, and answers that every workflow of the repository could forge. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelOf } from "../../src/domain/history.ts";
import { command } from "../../src/workflow/command.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { World } from "../support/fleet-world.ts";
import { site } from "../support/ids.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
  world.wait(1);
  asAction();
});
afterEach(() => world.close());

/** The fleet as a run of the Action opens it. */
const asAction = () => (world.fleet = { ...world.fleet, answersInLog: true });
const shopLevel = () => levelOf(world.fleet.log.history, site("shop")).level;
const answers = (id: number) =>
  world.forge.said.filter(({ text }) => text.includes(`countersign:answer ${id} `));

describe("a command whose answer was forged", () => {
  it("is carried out all the same", async () => {
    const id = world.forge.comment(7, "olivia", "/countersign hold shop the page looks odd");
    await world.forge.say(7, `<!-- countersign:answer ${id} -->\nDone.`);
    await command(world.fleet, 7, id);
    expect(shopLevel()).toBe("hold");
    expect(world.entries("answered")).toMatchObject([{ comment: id, issue: 7 }]);
  });
  it("would be silenced where a comment is believed, as the App's own may be", async () => {
    world.fleet = { ...world.fleet, answersInLog: false };
    const id = world.forge.comment(7, "olivia", "/countersign hold shop the page looks odd");
    await world.forge.say(7, `<!-- countersign:answer ${id} -->\nDone.`);
    await command(world.fleet, 7, id);
    expect(shopLevel()).toBe("normal");
  });
});

describe("a command that no event told of", () => {
  it.each([
    ["the log tells what is answered", true],
    ["the App's own comments tell it", false],
  ])("is found by the next sweep, answered once, and never again, where %s", async (_, inLog) => {
    const open = () => (world.fleet = { ...world.fleet, answersInLog: inLog });
    open();
    const id = world.forge.comment(7, "olivia", "/countersign hold shop the page looks odd");
    world.forge.comment(7, "olivia", "Thank you.");
    const found = async () => (await sweep(world.fleet)).filter(({ kind }) => kind === "command");
    expect(await found()).toMatchObject([{ key: `7 ${id}` }]);
    await command(world.fleet, 7, id);
    // Another machine: what it knows is the branch.
    await world.restart();
    open();
    expect(await found()).toEqual([]);
    await command(world.fleet, 7, id);
    expect(answers(id)).toHaveLength(1);
  });
  it("is answered once where a run ended between its answer and the log", async () => {
    const id = world.forge.comment(7, "olivia", "/countersign help");
    const append = world.fleet.log.append.bind(world.fleet.log);
    world.fleet.log.append = () => Promise.reject(new Error("the runner is gone"));
    await expect(command(world.fleet, 7, id)).rejects.toThrow("the runner is gone");
    world.fleet.log.append = append;
    await command(world.fleet, 7, id);
    expect(answers(id)).toHaveLength(1);
    expect(world.entries("answered")).toHaveLength(1);
  });
  it.each([
    ["a week without webhooks", true, 7],
    ["a day with them", false, 1],
  ])("is left alone after %s", async (_, answersInLog, days) => {
    world.fleet = { ...world.fleet, answersInLog };
    world.forge.comment(7, "olivia", "/countersign hold shop the page looks odd");
    world.wait(days * 24 * 3600 + 1);
    expect((await sweep(world.fleet)).filter(({ kind }) => kind === "command")).toEqual([]);
  });
});

describe("a fleet that moves between the App and the Action", () => {
  const found = async () => (await sweep(world.fleet)).filter(({ kind }) => kind === "command");
  const asApp = () => (world.fleet = { ...world.fleet, answersInLog: false });

  it("does not carry out again what the App did before, though nobody's comment is believed", async () => {
    asApp();
    const id = world.forge.comment(7, "olivia", "/countersign hold shop the page looks odd");
    world.wait(1);
    await command(world.fleet, 7, id);
    asAction();
    expect(await found()).toEqual([]);
    expect(world.entries("hearing")).toMatchObject([{ since: world.entries("level")[0]?.at }]);
  });
  it("hears what was said after the App's last entry", async () => {
    world.wait(5);
    const id = world.forge.comment(7, "olivia", "/countersign hold shop the page looks odd");
    expect(await found()).toMatchObject([{ key: `7 ${id}` }]);
  });
  it("and back again: what the Action carried out is not the App's to do", async () => {
    const id = world.forge.comment(7, "olivia", "/countersign hold shop the page looks odd");
    await found();
    await command(world.fleet, 7, id);
    asApp();
    expect(await found()).toEqual([]);
    await command(world.fleet, 7, id);
    expect(world.forge.said.filter(({ text }) => text.includes(`answer ${id} `))).toHaveLength(1);
    expect(world.entries("hearing").at(-1)).toMatchObject({ since: null });
    await found();
    expect(world.entries("hearing")).toHaveLength(2);
  });
});
