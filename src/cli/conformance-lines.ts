/** Lines of a byte stream, however they are cut, without ever holding more than one. */

/** A line longer than this is given as `null`, and its bytes are dropped as they come. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Each line without its newline; `null` where it is too long or not UTF-8. */
export async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<string | null> {
  let chunks: Buffer[] = [];
  let size = 0;
  const take = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > MAX_LINE_BYTES) chunks = [];
    else chunks.push(bytes);
  };
  const finish = (): string | null => {
    const line = size > MAX_LINE_BYTES ? null : decode(Buffer.concat(chunks));
    [chunks, size] = [[], 0];
    return line;
  };
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      take(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    take(chunk.subarray(start));
  }
  if (size > 0) yield finish();
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
