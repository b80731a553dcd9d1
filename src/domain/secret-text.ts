/**
 * Which lines of a text look like secrets?
 *
 * Known shapes of tokens and keys, and named values that are long and random. It is a net with
 * holes: a finding is worth a look, silence proves nothing. The text itself is never returned.
 */

const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/u,
  /\bgh[pousr]_[A-Za-z0-9]{30,}/u,
  /\bgithub_pat_[A-Za-z0-9_]{40,}/u,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/u,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/u,
  /\b[rs]k_live_[A-Za-z0-9]{16,}/u,
  /\bAIza[A-Za-z0-9_-]{35}\b/u,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/u,
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/iu,
  /\s[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/iu,
  /"kty"\s*:.*"d"\s*:\s*"[A-Za-z0-9_-]{20,}"/u,
];

const NAMED =
  /(pass(word|phrase|wd)?|secret|token|api[_-]?key|auth[_-]?key|private[_-]?key|salt|seed)["']?\s*[:=]\s*["']?([^\s"'{}[\],]{12,})/iu;

/** Line numbers, from 1. */
export function secretLines(text: string): number[] {
  return text.split("\n").flatMap((line, index) => (looksSecret(line) ? [index + 1] : []));
}

function looksSecret(line: string): boolean {
  if (SHAPES.some((shape) => shape.test(line))) return true;
  const value = NAMED.exec(line)?.[3];
  return value !== undefined && isRandom(value);
}

/** Letters and digits mixed, and few repetitions: no word, no path, no name of a variable. */
function isRandom(value: string): boolean {
  const hasBoth = /[a-z]/iu.test(value) && /[0-9]/u.test(value);
  return hasBoth && !value.includes("/") && new Set(value).size >= 10;
}
