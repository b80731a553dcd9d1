import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COMMAND_NAMES,
  type CommandName,
  parseCommand,
  parseCommands,
  usageOf,
} from "../../src/domain/commands.ts";

const command = (name: CommandName, target: string | null = null, text: string | null = null) => ({
  kind: "command",
  name,
  target,
  text,
});

describe("parseCommand", () => {
  it.each<[string, ReturnType<typeof command>]>([
    ["/countersign help", command("help")],
    ["/countersign", command("help")],
    ["/countersign plan  ", command("plan")],
    ["/countersign pin", command("pin")],
    ["/countersign pin plugins/akismet@5.4", command("pin", "plugins/akismet@5.4")],
    ["/countersign recheck", command("recheck")],
    [
      "/countersign override release-age it is a fix",
      command("override", "release-age", "it is a fix"),
    ],
    ["/countersign hold shop  looks odd ", command("hold", "shop", "looks odd")],
    ["/countersign release fleet all good", command("release", "fleet", "all good")],
    ["/countersign retry failed", command("retry", "failed")],
    ["/countersign rollback shop", command("rollback", "shop")],
    ["/countersign resume", command("resume")],
    ["/countersign abandon #12", command("abandon", "12")],
    ["/countersign abandon 12", command("abandon", "12")],
    ["/countersign rotate shop", command("rotate", "shop")],
    ["/countersign pair", command("pair")],
    ["/countersign pair shop KEY", command("pair", "shop", "KEY")],
    ["/countersign panic", command("panic")],
    ["/countersign\tpanic", command("panic")],
    [
      '/countersign break-glass "high risk" shop down',
      command("break-glass", "high risk", "shop down"),
    ],
    ["/countersign break-glass one shop down", command("break-glass", "one", "shop down")],
  ])("%s", (body, parsed) => {
    expect(parseCommand(body)).toEqual(parsed);
  });

  it("knows gates by name without quotes, the longest first", () => {
    const gates = ["high", "high risk", "low"];
    expect(parseCommand("/countersign break-glass high risk it burns", gates)).toEqual(
      command("break-glass", "high risk", "it burns"),
    );
    expect(parseCommand("/countersign break-glass high it burns", gates)).toEqual(
      command("break-glass", "high", "it burns"),
    );
    expect(parseCommand("/countersign break-glass high risk", gates)).toMatchObject({
      kind: "misused",
    });
  });

  it.each([
    "/countersign hold",
    "/countersign hold shop",
    "/countersign release fleet",
    "/countersign override release-age",
    "/countersign rollback",
    "/countersign rollback shop now",
    "/countersign panic now",
    "/countersign resume shop",
    "/countersign resume 0",
    '/countersign break-glass "high risk"',
    `/countersign hold shop ${"x".repeat(501)}`,
  ])("answers a misuse with the usage: %s", (body) => {
    const parsed = parseCommand(body);
    expect(parsed).toMatchObject({ kind: "misused" });
    expect(parsed).toMatchObject({ usage: expect.stringContaining("/countersign ") as string });
  });

  it.each(["approve", "Panic", "constructor", "<b>"])("%s is unknown", (word) => {
    expect(parseCommand(`/countersign ${word} now`)).toEqual({ kind: "unknown", word });
  });

  it.each([
    "please /countersign panic",
    "> /countersign panic",
    " /countersign panic",
    "/countersigned panic",
    "/Countersign panic",
    "```\n/countersign panic\n```",
    "~~~~\n/countersign panic\n~~~\n/countersign panic\n~~~~",
    "   ```sh\n/countersign panic",
    "LGTM",
    "",
  ])("commands nothing: %j", (body) => {
    expect(parseCommand(body)).toBeNull();
  });

  it("finds commands after a code block and among other lines, in their order", () => {
    const body = "hello\r\n```\n/countersign panic\n```\n/countersign plan\r/countersign recheck";
    expect(parseCommands(body)).toEqual([command("plan"), command("recheck")]);
  });

  it("says how each command is written", () => {
    expect(COMMAND_NAMES.map(usageOf)).toEqual([
      "/countersign help",
      "/countersign plan",
      "/countersign pin [package]",
      "/countersign recheck",
      "/countersign override <rule> <reason>",
      "/countersign hold <site|fleet> <reason>",
      "/countersign release <site|fleet> <reason>",
      "/countersign retry <site|failed>",
      "/countersign rollback <site>",
      "/countersign resume [number]",
      "/countersign abandon [number]",
      "/countersign break-glass <gate> <reason>",
      "/countersign reviewed <reason>",
      "/countersign rotate <site>",
      "/countersign pair [site] [key]",
      "/countersign panic",
      "/countersign compromised <site|fleet> <reason>",
    ]);
  });

  it("never throws, whatever people write", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const kinds = ["command", "unknown", "misused"];
        for (const parsed of parseCommands(`/countersign ${text}`)) {
          expect(kinds).toContain(parsed.kind);
        }
      }),
    );
  });
});
