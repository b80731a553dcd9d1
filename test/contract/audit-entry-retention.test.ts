/** Nothing in the log has to be expunged: ids, digests, keys, closed words and times, and no text. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import { people } from "../support/memory-forge.ts";
import { World } from "../support/fleet-world.ts";

interface JsonSchema {
  readonly type?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Members of which a value could be any text, by their path. */
function freeText(schema: JsonSchema, path: string): string[] {
  const inside = [
    ...(schema.anyOf ?? []).map((one) => [one, path] as const),
    ...(schema.oneOf ?? []).map((one) => [one, `${path}${kindOf(one)}`] as const),
    ...Object.entries(schema.properties ?? {}).map(
      ([name, one]) => [one, `${path}.${name}`] as const,
    ),
    ...(schema.items === undefined ? [] : [[schema.items, `${path}[]`] as const]),
  ];
  const isFree =
    schema.type === "string" &&
    schema.enum === undefined &&
    schema.const === undefined &&
    !(schema.pattern !== undefined && isClosed(schema.pattern));
  return [...(isFree ? [path] : []), ...inside.flatMap(([one, at]) => freeText(one, at))];
}
function kindOf({ properties }: JsonSchema): string {
  const kind = properties?.["kind"]?.const;
  return typeof kind === "string" ? kind : "";
}
/** Anchored at both ends, and without a place for a space. */
const isClosed = (pattern: string) =>
  /^\^.*\$$/su.test(pattern) && !/\\s|\\S|\\W|(?<!\\)\.[*+{]| /u.test(pattern);

describe("what an entry may hold", () => {
  const schema = z.toJSONSchema(AuditEntry, { unrepresentable: "any", io: "input" }) as JsonSchema;

  it("is no text that a person wrote, but for what a key has signed", () => {
    expect(schema.oneOf?.length).toBeGreaterThan(12);
    // Of drift, a version and a state: closed words with a space between.
    const words = ["drift.differences[].live", "drift.differences[].wanted"];
    // The site's receipt; the log key's and the recovery key's key-sets, which hold public keys.
    const signed = ["receipt.token", "keyset.token", "generation.token"];
    expect(freeText(schema, "")).toEqual([...signed, ...words]);
  });
  it("would be found", () => {
    const planted = z.strictObject({
      kind: z.literal("x"),
      name: z.string(),
      note: z.string().regex(/^.{1,9}$/u),
    });
    expect(freeText(z.toJSONSchema(planted) as JsonSchema, "")).toEqual([".name", ".note"]);
  });
});

describe("the log of a fleet that lived", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    world.sites.get("shop")!.ends.push("rolls_back");
    await world.run("shop");
    await world.report(7);
  });
  afterAll(() => world.close());

  it("names nobody and quotes nobody, in entries and in plan texts", () => {
    const texts = [...world.forge.files.values()].join("\n");
    for (const { login } of Object.values(people))
      expect(texts).not.toMatch(new RegExp(`\\b${login.replace("[bot]", "")}\\b`, "u"));
    expect(texts).not.toContain("@");
    for (const { title, body } of world.forge.issues.values()) {
      expect(texts).not.toContain(title);
      expect(texts).not.toContain(body);
    }
    for (const entry of world.fleet.log.entries) {
      for (const value of textsIn(entry)) expect(value).not.toMatch(/\s/u);
    }
  });
});

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
