/**
 * What does a comment command? `/countersign <command> …` at the beginning of a line.
 *
 * Quoted lines and code blocks command nothing. A command that does not fit its usage is told
 * apart from an unknown one, so that one short answer can say which. Rights are judged elsewhere.
 */

/** What follows the command's name: `<gate>` may be quoted, `<reason>` is the rest of the line. */
type Word =
  | "site"
  | "scope"
  | "rule"
  | "gate"
  | "number?"
  | "package?"
  | "key?"
  | "site?"
  | "reason";

const grammar = {
  help: [],
  plan: [],
  pin: ["package?"],
  recheck: [],
  override: ["rule", "reason"],
  hold: ["scope", "reason"],
  release: ["scope", "reason"],
  retry: ["scope"],
  rollback: ["site"],
  resume: ["number?"],
  abandon: ["number?"],
  "break-glass": ["gate", "reason"],
  reviewed: ["reason"],
  rotate: ["site"],
  pair: ["site?", "key?"],
  panic: [],
  compromised: ["scope", "reason"],
} as const satisfies Readonly<Record<string, readonly Word[]>>;

export type CommandName = keyof typeof grammar;
export const COMMAND_NAMES: readonly CommandName[] = Object.keys(grammar).filter(isCommandName);

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(grammar, name);
}

export type ParsedCommand =
  | {
      readonly kind: "command";
      readonly name: CommandName;
      /** The site, `fleet`, `failed`, rule, gate, package or number it is about. */
      readonly target: string | null;
      /** A reason, or the key that `pair` carries. */
      readonly text: string | null;
    }
  | { readonly kind: "unknown"; readonly word: string }
  | { readonly kind: "misused"; readonly name: CommandName; readonly usage: string };

const MAX_REASON_LENGTH = 500;
/** `pair` may carry a whole pairing token. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * The first command of a comment; `null` where it has none.
 * @param gates names of gates, which may be written without quotes although they have spaces.
 */
export function parseCommand(body: string, gates: readonly string[] = []): ParsedCommand | null {
  const [first] = parseCommands(body, gates);
  return first ?? null;
}

/** All commands of a comment, in their order. */
export function parseCommands(body: string, gates: readonly string[] = []): ParsedCommand[] {
  return commandLines(body).map((line) => parseLine(line, gates));
}

/** How the command is written: `/countersign hold <site|fleet> <reason>`. */
export function usageOf(name: CommandName): string {
  const words: readonly Word[] = grammar[name];
  const shown = words.map((word) => {
    if (word === "scope") return name === "retry" ? "<site|failed>" : "<site|fleet>";
    return word.endsWith("?") ? `[${word.slice(0, -1)}]` : `<${word}>`;
  });
  return ["/countersign", name, ...shown].join(" ");
}

function commandLines(body: string): string[] {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of body.split(/\r\n|\r|\n/u)) {
    const [mark] = /^ {0,3}(`{3,}|~{3,})/u.exec(line) ?? [];
    const marker = mark?.trim() ?? "";
    if (fence !== null) {
      if (marker.startsWith(fence)) fence = null;
    } else if (marker !== "") fence = marker;
    else if (/^\/countersign(\s|$)/u.test(line)) lines.push(line);
  }
  return lines;
}

function parseLine(line: string, gates: readonly string[]): ParsedCommand {
  const [, word = ""] = line.split(/\s+/u);
  const name = word === "" ? "help" : word;
  if (!isCommandName(name)) return { kind: "unknown", word };
  const rest = line.replace(/^\S+\s*\S*\s*/u, "");
  const words: readonly Word[] = grammar[name];
  const { target, after } = splitTarget(rest.trim(), words[0], gates);
  const misused = { kind: "misused", name, usage: usageOf(name) } as const;
  const needsTarget = words.length > 0 && words[0] !== "reason" && words[0]?.endsWith("?") !== true;
  if (target === null && needsTarget) return misused;
  const takesText = words.length === 2 || words[0] === "reason";
  const isMissing = words.at(-1) === "reason" && after === "";
  const longest = words[1] === "key?" ? MAX_TOKEN_LENGTH : MAX_REASON_LENGTH;
  const isTooMuch = takesText ? after.length > longest : after !== "";
  const isNoNumber = words[0] === "number?" && target !== null && !/^#?[1-9]\d{0,9}$/u.test(target);
  if (isMissing || isTooMuch || isNoNumber) return misused;
  const named = words[0] === "number?" ? (target?.replace("#", "") ?? null) : target;
  return { kind: "command", name, target: named, text: after === "" ? null : after };
}

function splitTarget(
  rest: string,
  word: Word | undefined,
  gates: readonly string[],
): { readonly target: string | null; readonly after: string } {
  if (rest === "" || word === undefined || word === "reason") return { target: null, after: rest };
  if (word === "gate") {
    const [, quoted, others] = /^"([^"]+)"\s*(.*)$/u.exec(rest) ?? [];
    if (quoted !== undefined && others !== undefined) return { target: quoted, after: others };
    const named = gates
      .filter((gate) => rest === gate || rest.startsWith(`${gate} `))
      .toSorted((a, b) => b.length - a.length)[0];
    if (named !== undefined) return { target: named, after: rest.slice(named.length).trim() };
  }
  const [target = "", ...others] = rest.split(/\s+/u);
  return { target, after: rest.slice(target.length + (others.length > 0 ? 1 : 0)).trim() };
}
