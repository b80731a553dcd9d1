/** One line each of what was seen. Everything in it came from a site or from GitHub: escaped. */
import type { ChangedTree } from "../domain/changed-trees.ts";
import { code } from "./markdown.ts";

export const changedTreeLine = ({ target, version, was, tree }: ChangedTree): string =>
  `${code(target)} ${code(version)}: was ${code(was)}, is ${code(tree)}`;
