/** What the answer to `/countersign rotate` says. */
import type { KeyPosition } from "../domain/key-position.ts";
import { code } from "./markdown.ts";

export const rotateText = (site: string, { gen, kver }: KeyPosition): string =>
  `Key ${gen}.${kver} is on its way to ${code(site)}. Until the site has greeted under it the one in force speaks, so nothing that runs is interrupted; then the old one is dead. \`countersign keys list\` in a clone shows where it is.`;
