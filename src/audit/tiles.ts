/**
 * Tiles: the log's lines as files of 256 on the audit branch. A full tile never changes again, so
 * an append touches one file, or two where it fills one.
 */
export const TILE_LINES = 256;

/** `tiles/000/000.jsonl` is tile 0: thousands, then the rest. */
export function tilePath(tile: number): string {
  const [folder, file] = [Math.floor(tile / 1000), tile % 1000];
  return `tiles/${String(folder).padStart(3, "0")}/${String(file).padStart(3, "0")}.jsonl`;
}

/** The tile that holds the line of this index. */
export function tileOf(index: number): number {
  return Math.floor(index / TILE_LINES);
}

/** Files by path for lines that begin with the first line of `firstTile`. */
export function tileFiles(firstTile: number, lines: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  for (let start = 0; start < lines.length; start += TILE_LINES) {
    const tile = lines.slice(start, start + TILE_LINES);
    files.set(tilePath(firstTile + tileOf(start)), `${tile.join("\n")}\n`);
  }
  return files;
}

/** A tile's lines; `undefined` where it is not 1 to 256 non-empty lines, each ended by a newline. */
export function tileLines(text: string): string[] | undefined {
  const lines = text.split("\n");
  const rest = lines.pop();
  const full =
    lines.length >= 1 && lines.length <= TILE_LINES && lines.every((line) => line !== "");
  return rest === "" && full ? lines : undefined;
}

/** All lines of a log's tiles in order; `undefined` where one but the last is not full. */
export function logLines(tiles: readonly string[]): string[] | undefined {
  const lines: string[] = [];
  for (const [number, tile] of tiles.entries()) {
    const found = tileLines(tile);
    if (found === undefined || lines.length !== number * TILE_LINES) return undefined;
    lines.push(...found);
  }
  return lines;
}
