/** A comment that a second try finds: it begins with the mark of what it tells. */
import type { Fleet } from "./fleet.ts";

export async function sayOnce(
  fleet: Fleet,
  issue: number,
  about: string,
  text: string,
): Promise<void> {
  const mark = `<!-- countersign:update ${about} -->`;
  const comments = await fleet.forge.commentsOf(issue);
  if (comments.some(({ own, body }) => own && body.startsWith(mark))) return;
  await fleet.forge.say(issue, `${mark}\n${text}`);
}
