import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { COMMAND_NAMES } from "../../src/domain/commands.ts";
import { judgeCommands, mayCommand } from "../../src/domain/rights.ts";
import {
  actor,
  at,
  by,
  change,
  commit,
  config,
  facts,
  ids,
  type Name,
  NOW,
  opsTeam,
  plan,
  POLICY,
} from "../support/facts-builder.ts";

type Command = NonNullable<FactsInput["commands"]>[number];
const say = (name: string, who: Name, over: Partial<Command> = {}): Command => ({
  name,
  target: "shop",
  by: actor(who),
  reason: "because",
  at: at(500),
  edited: false,
  ...over,
});
const judge = (commands: Command[] | null, over: Partial<FactsInput> = {}, policy = POLICY) =>
  judgeCommands(config(policy), facts({ commands, cause: "gone", ...over }));
const outcome = (command: Command, over: Partial<FactsInput> = {}, policy = POLICY) => {
  const [judged] = judge([command], over, policy);
  if (judged === undefined) throw new Error("not judged");
  return judged.allowed ? "allowed" : judged.reason;
};
const held = (shop: "normal" | "hold" | "contained" | null) => ({
  levels: { fleet: "normal" as const, sites: { shop } },
});
const machines = {
  teams: {
    "acme/ops": {
      ...opsTeam,
      members: [
        ...opsTeam.members,
        { id: ids.bot, state: "active" as const },
        { id: ids.agent, state: "active" as const },
      ],
    },
  },
};

describe("who may command what", () => {
  it.each<[string, Name[]]>([
    ["help", ["ana", "carol", "opener", "outsider", "bot", "agent"]],
    ["plan", ["ana", "carol", "opener", "outsider", "bot", "agent"]],
    ["pin", ["ana", "carol", "opener", "bot", "agent"]],
    ["recheck", ["ana", "carol", "opener", "bot", "agent"]],
    ["hold", ["ana", "carol", "opener", "bot", "agent"]],
    ["panic", ["ana", "carol", "opener", "bot", "agent"]],
    ["compromised", ["ana", "carol", "opener", "bot", "agent"]],
    ["pair", ["carol"]],
    ["override", ["carol"]],
    ["release", ["carol"]],
    ["retry", ["ana"]],
    ["resume", ["ana"]],
    ["abandon", ["ana"]],
    ["rollback", ["ana"]],
    ["rotate", ["carol"]],
    ["break-glass", []],
    ["reviewed", ["carol"]],
    ["approve", []],
  ])("%s: %j", (name, expected) => {
    const all: Name[] = ["ana", "carol", "opener", "outsider", "bot", "agent"];
    expect(all.filter((who) => outcome(say(name, who), machines) === "allowed")).toEqual(expected);
  });

  it("observers may use help and plan and nothing else", () => {
    const may = COMMAND_NAMES.filter((name) => outcome(say(name, "outsider")) === "allowed");
    expect(may).toEqual(["help", "plan"]);
  });

  it("the author may pin and recheck without a role", () => {
    const teams = { "acme/ops": { ...opsTeam, members: [] } };
    expect(outcome(say("pin", "opener"), { teams })).toBe("allowed");
    expect(outcome(say("pin", "ana"), { teams })).toBe("not_in_role");
    expect(judge([say("recheck", "ana"), say("recheck", "ana")])).toEqual([
      { allowed: true, by: [ids.ana], onePerson: false, ownersStoodIn: false },
    ]);
  });

  it("owners of a repository whose roles are empty may not pin by that", () => {
    const policy = POLICY.replace("{ teams: [acme/ops] }", "{}").replace(
      /security: \{ users.*\n/u,
      "security: {}\n",
    );
    expect(outcome(say("pin", "owner"), { plan: plan([]) }, policy)).toBe("not_in_role");
  });

  it("machines with a role may tighten and ask, never loosen or run", () => {
    const role = POLICY.replace("security: {", "security: { teams: [acme/ops],");
    for (const who of ["bot", "agent"] as const) {
      expect(outcome(say("hold", who), machines, role)).toBe("allowed");
      expect(outcome(say("release", who), machines, role)).toBe("not_human");
      expect(outcome(say("pair", who), machines, role)).toBe("not_human");
      expect(outcome(say("retry", who), machines, role)).toBe("not_human");
    }
  });

  it("a missing right is nobody's", () => {
    for (const [right, name] of [
      ["retry", "resume"],
      ["hold", "hold"],
    ] as const) {
      const without = POLICY.replace(new RegExp(` {2}${right}: .*\n`, "u"), "");
      expect(outcome(say(name, "ana"), {}, without)).toBe("right_missing");
    }
  });

  it("a missing right falls to the owners where no steps are concerned, but breaks no glass", () => {
    const without = POLICY.replace(/ {2}(release|break-glass|hold): .*\n/gu, "");
    const nothing = { plan: plan([]) };
    expect(outcome(say("release", "owner"), nothing, without)).toBe("allowed");
    expect(outcome(say("release", "carol"), nothing, without)).toBe("not_in_role");
    expect(outcome(say("release", "owner"), {}, without)).toBe("right_missing");
    expect(outcome(say("break-glass", "owner"), nothing, without)).toBe("right_missing");
    expect(outcome(say("hold", "owner"), nothing, without)).toBe("right_missing");
  });

  it("an account that the comment calls a bot is one", () => {
    const asBot = say("release", "carol", { by: actor("carol", "Bot") });
    expect(outcome(asBot)).toBe("not_human");
  });

  it("a suspended or unknown account may not even tighten", () => {
    const people = [{ id: ids.ana, login: "ana", type: "User", permission: null, suspended: true }];
    expect(outcome(say("hold", "ana"), { people })).toBe("unknown_person");
    expect(outcome(say("hold", "ben"), { people })).toBe("unknown_person");
  });
});

describe("a command", () => {
  it.each<[Partial<Command>, string]>([
    [{ edited: true }, "edited"],
    [{ edited: null }, "facts_unread"],
    [{ at: null }, "facts_unread"],
    [{ by: null }, "unknown_person"],
    [{ reason: null }, "no_reason"],
    [{ reason: "  " }, "no_reason"],
    [{ target: null }, "no_target"],
    [{ target: 12 }, "no_target"],
    [{ at: new Date(Date.parse(NOW) + 31_000).toISOString() }, "clock_ahead"],
  ])("that is void: %j", (over, reason) => {
    expect(outcome(say("hold", "ana", over))).toBe(reason);
  });

  it("to help that was edited is void as well", () => {
    expect(outcome(say("help", "ana", { edited: true }))).toBe("edited");
    expect(outcome(say("help", "ana", { by: null }))).toBe("allowed");
    expect(outcome(say("pin", "ana", { edited: true }))).toBe("edited");
  });

  it("is not allowed while the commands could not be read", () => {
    expect(judge(null)).toEqual([{ allowed: false, reason: "facts_unread" }]);
    expect(judge([])).toEqual([]);
    expect(judgeCommands(config(), facts())).toEqual([]);
  });

  it("can be judged for itself", () => {
    const given = facts({ commands: [say("rollback", "ana")] });
    const [command] = given.commands ?? [];
    expect(mayCommand(command!, config(), given)).toEqual({
      allowed: true,
      by: [ids.ana],
      onePerson: false,
      ownersStoodIn: false,
    });
  });

  it("to tighten is satisfied by the readable part of a role, to loosen not", () => {
    const policy = POLICY.replace("operators: {", "operators: { users: [{ login: ana, id: 11 }],");
    const teams = { "acme/ops": null };
    expect(outcome(say("hold", "ana"), { teams }, policy)).toBe("allowed");
    expect(outcome(say("hold", "ben"), { teams }, policy)).toBe("role_unread");
    expect(outcome(say("pin", "ana"), { teams }, policy)).toBe("allowed");
    expect(outcome(say("pin", "ben"), { teams }, policy)).toBe("role_unread");
    expect(outcome(say("retry", "ana"), { teams }, policy)).toBe("role_unread");
  });
});

describe("whoever loosens or runs something must count as a reviewer would", () => {
  it("is no contributor", () => {
    const commits = [commit({ author: by("ana") })];
    expect(outcome(say("retry", "ana"), { commits })).toBe("contributor");
    expect(outcome(say("retry", "opener"))).toBe("contributor");
    expect(outcome(say("hold", "ana"), { commits })).toBe("allowed");
    expect(outcome(say("pair", "carol"), { commits: [commit({ author: by("carol") })] })).toBe(
      "allowed",
    );
  });

  it("nobody does while contributors are unread or unattributable", () => {
    expect(outcome(say("retry", "ana"), { commitsComplete: false })).toBe("facts_unread");
    expect(outcome(say("retry", "ana"), { commits: [commit({ author: null })] })).toBe(
      "contributor",
    );
    expect(outcome(say("retry", "ana"), { commits: [commit({ pushedBy: null })] })).toBe(
      "contributor",
    );
  });

  it("without a proposal only the ranges concerned matter", () => {
    expect(outcome(say("rollback", "ana"), { proposal: null, commits: null })).toBe("allowed");
    expect(outcome(say("rollback", "ana"), { branch: null })).toBe("facts_unread");
  });
});

describe("release", () => {
  const release = (who: Name, over: Partial<Command> = {}) => say("release", who, over);

  it("of a HOLD needs one person, after the cause was checked again and is gone", () => {
    expect(outcome(release("carol"), held("hold"))).toBe("allowed");
    expect(outcome(release("carol"), { ...held("hold"), cause: "there" })).toBe("cause_there");
    expect(outcome(release("carol"), { ...held("hold"), cause: null })).toBe("cause_unread");
  });

  it("of CONTAINED needs two people", () => {
    const contained = held("contained");
    expect(outcome(release("carol"), contained)).toBe("too_few_people");
    expect(judge([release("carol"), release("carol")], contained)).toMatchObject([
      { allowed: false },
    ]);
    expect(judge([release("carol"), release("dan")], contained)).toMatchObject([
      { allowed: true, by: [ids.carol, ids.dan] },
    ]);
    expect(judge([release("carol"), release("ana")], contained)).toEqual([
      { allowed: false, reason: "not_in_role" },
    ]);
  });

  it("of the fleet looks at the fleet's level, of a site at the higher", () => {
    const fleet = { levels: { fleet: "contained" as const, sites: { shop: "normal" as const } } };
    expect(outcome(release("carol", { target: "fleet" }), fleet)).toBe("too_few_people");
    expect(outcome(release("carol"), fleet)).toBe("too_few_people");
    expect(outcome(release("carol", { target: "fleet" }), held("contained"))).toBe("allowed");
  });

  it("of a level that is unread is refused", () => {
    expect(outcome(release("carol"), held(null))).toBe("facts_unread");
    expect(outcome(release("carol"), { levels: null })).toBe("facts_unread");
    expect(outcome(release("carol", { target: 7 }), held("hold"))).toBe("no_target");
  });

  it("needs as many as the right asks for, where that is more", () => {
    const policy = POLICY.replace(
      "release: { role: security }",
      "release: { role: security, count: 2 }",
    );
    expect(outcome(release("carol"), held("hold"), policy)).toBe("too_few_people");
  });

  it("whoever caused an unattested range may not release its HOLD", () => {
    const branch = {
      bootstrapped: true,
      log: "ok" as const,
      connectors: 1,
      unattested: [{ by: [ids.carol], changes: [], config: null }],
    };
    expect(outcome(release("carol"), { ...held("hold"), branch })).toBe("caused_it");
    expect(outcome(release("dan"), { ...held("hold"), branch })).toBe("allowed");
    const unread = { ...branch, unattested: [{ by: null, changes: [], config: null }] };
    expect(outcome(release("dan"), { ...held("hold"), branch: unread })).toBe("facts_unread");
  });

  describe("by one person who alone holds the right, twice", () => {
    const alone = POLICY.replace(", { login: dan, id: 14 }", "");
    const twice = (apart: number, who: Name = "carol") => [
      release(who, { at: at(500) }),
      release(who, { at: at(500 + apart) }),
    ];
    const day = 24 * 60 * 60;
    const later = { ...held("contained"), now: at(500 + 2 * day) };

    it("is allowed 24 hours apart, and recorded", () => {
      expect(judge(twice(day), later, alone)).toEqual([
        { allowed: true, by: [ids.carol], onePerson: true, ownersStoodIn: false },
      ]);
      expect(judge(twice(day - 1), later, alone)).toMatchObject([{ allowed: false }]);
    });

    it("is not allowed where others hold it too, nor to anyone else, nor for more than two", () => {
      expect(judge(twice(day), later)).toMatchObject([{ reason: "too_few_people" }]);
      expect(judge(twice(day, "ana"), later, alone)).toMatchObject([{ reason: "not_in_role" }]);
      const three = alone.replace(
        "release: { role: security }",
        "release: { role: security, count: 3 }",
      );
      expect(judge(twice(day), later, three)).toMatchObject([{ allowed: false }]);
    });

    it("is for release alone", () => {
      const glass = ["break-glass", "retry"].map((name) =>
        twice(day).map((command) => ({ ...command, name })),
      );
      const retry = alone.replace(
        "retry: { role: operators }",
        "retry: { role: security, count: 2 }",
      );
      for (const commands of glass) {
        expect(judge(commands, later, retry)).toEqual([
          { allowed: false, reason: "too_few_people" },
        ]);
      }
    });
  });

  describe("by the owners", () => {
    const empty = POLICY.replace(/security: \{ users.*\n/u, "security: {}\n");

    it("where nobody holds the right and no plan with steps is concerned", () => {
      const { plan: _, ...without } = facts({
        ...held("hold"),
        cause: "gone",
        commands: [release("owner")],
      });
      expect(judgeCommands(config(empty), without)).toEqual([
        { allowed: true, by: [ids.owner], onePerson: false, ownersStoodIn: true },
      ]);
      expect(outcome(release("owner"), { ...held("hold"), plan: plan([]) }, empty)).toBe("allowed");
      const steps = plan([change()]);
      expect(outcome(release("owner"), { ...held("hold"), plan: steps }, empty)).toBe(
        "not_in_role",
      );
      expect(outcome(release("owner"), { ...held("hold"), plan: null }, empty)).toBe("not_in_role");
    });
  });
});

describe("break-glass", () => {
  it("needs two people, whatever one of them says", () => {
    const glass = (who: Name) => say("break-glass", who, { target: "operators" });
    expect(judge([glass("carol")])).toEqual([{ allowed: false, reason: "too_few_people" }]);
    expect(judge([glass("carol"), glass("dan")])).toMatchObject([{ allowed: true }]);
    const elsewhere = { ...glass("dan"), target: "high risk" };
    expect(judge([glass("carol"), elsewhere])).toMatchObject([
      { allowed: false },
      { allowed: false },
    ]);
  });
});
