/**
 * Writes `connector/src/claims.php` and the table in docs/protocol.md from the claims table, so that
 * both verifiers and their readers have one source. `--check` writes nothing and exits 1 when a
 * committed file is not what the table says.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  CLAIM_TYPES,
  FORMATS,
  KINDS,
  MAX_LIFETIME_SECONDS,
  MAX_MESSAGE_BYTES,
  MAX_SKEW_SECONDS,
  MAX_TEXT_BYTES,
  MAX_TOKEN_BYTES,
  PROTO,
  REFUSAL_REASONS,
} from "../src/contract/claims.ts";
import { withClaims } from "./claims-markdown.ts";

const CLAIMS_PHP = fileURLToPath(new URL("../connector/src/claims.php", import.meta.url));

const PROTOCOL_PAGE = fileURLToPath(new URL("../docs/protocol.md", import.meta.url));

const HEADER = `<?php
/**
 * The claims table of docs/protocol.md. Generated from src/contract/claims.ts by
 * scripts/generate-claims.ts: change it there. Patterns match the whole text; a "min" is an
 * integer up to 2^53 - 1.
 *
 * @package Countersign
 * @license GPL-2.0-or-later
 */

declare(strict_types=1);

return `;

type PhpValue = string | number | boolean | null | readonly PhpValue[] | PhpMap;
interface PhpMap {
  readonly [key: string]: PhpValue;
}

/** The whole text of the PHP file. */
export function claimsPhp(): string {
  const table: PhpMap = {
    proto: PROTO,
    limits: {
      token_bytes: MAX_TOKEN_BYTES,
      text_bytes: MAX_TEXT_BYTES,
      message_bytes: MAX_MESSAGE_BYTES,
      lifetime_seconds: MAX_LIFETIME_SECONDS,
      skew_seconds: MAX_SKEW_SECONDS,
    },
    reasons: REFUSAL_REASONS,
    formats: FORMATS,
    claims: CLAIM_TYPES,
    kinds: KINDS,
  };
  return `${HEADER}${phpLiteral(table, 0)};\n`;
}

function phpLiteral(value: PhpValue, depth: number): string {
  if (typeof value === "string") return `'${value.replaceAll(/['\\]/gu, String.raw`\$&`)}'`;
  if (value === null || typeof value !== "object") return String(value);
  const entries = isList(value)
    ? value.map((item) => phpLiteral(item, depth + 1))
    : Object.entries(value).map(
        ([key, item]) => `${phpLiteral(key, 0)} => ${phpLiteral(item, depth + 1)}`,
      );
  if (entries.length === 0) return "array()";
  const indent = "\t".repeat(depth + 1);
  const lines = entries.map((entry) => `${indent}${entry},\n`).join("");
  return `array(\n${lines}${"\t".repeat(depth)})`;
}

function isList(value: readonly PhpValue[] | PhpMap): value is readonly PhpValue[] {
  return Array.isArray(value);
}

/** What each generated file should hold; docs/protocol.md once it has a place for it. */
export function generatedFiles(): Map<string, string> {
  const files = new Map([[CLAIMS_PHP, claimsPhp()]]);
  const page = existsSync(PROTOCOL_PAGE) ? withClaims(readFileSync(PROTOCOL_PAGE, "utf8")) : null;
  if (page !== null) files.set(PROTOCOL_PAGE, page);
  return files;
}

function main(): void {
  for (const [path, text] of generatedFiles()) {
    if (!process.argv.includes("--check")) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) {
      console.error(`${path} is not up to date: run node scripts/generate-claims.ts`);
      process.exitCode = 1;
    }
  }
}

if (import.meta.main) main();
