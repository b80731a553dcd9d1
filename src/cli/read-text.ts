/** A whole text from a file, or from standard input for `-`. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { CountersignError } from "../errors.ts";

/** @throws CountersignError `usage` where the file cannot be read */
export async function readText(path: string): Promise<string> {
  if (path === "-") return text(process.stdin);
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new CountersignError("usage", `${path} cannot be read.`, {
      hint: "Name a file of JSON lines, or - for standard input.",
      cause,
    });
  }
}
