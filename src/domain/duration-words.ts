/** A length of time for people: whole units, the largest that loses little. `90 s` is `90 s`. */
export function durationWords(seconds: number): string {
  for (const [unit, length] of UNITS) {
    const isExact = seconds % length === 0;
    if (seconds >= length && (isExact || seconds >= 3 * length)) {
      return `${Math.floor(seconds / length)} ${unit}`;
    }
  }
  return `${seconds} s`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
] as const;
