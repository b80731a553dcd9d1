/** A git repository on disk with the default branch and the audit branch of a fleet in memory. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { World } from "./fleet-world.ts";

type Files = Iterable<readonly [string, string | Uint8Array]>;

export function cloneOf(world: World, folder: string, audit: Files = world.forge.files): void {
  mkdirSync(folder, { recursive: true });
  execFileSync("git", ["init", "-q", "-b", "main", folder]);
  const main = world.forge.trees.get(world.forge.branches.get("main")!)!;
  const stream = [
    ...commit("refs/heads/main", main),
    ...commit("refs/heads/countersign/audit", audit),
  ];
  execFileSync("git", ["-C", folder, "fast-import", "--quiet", "--force"], {
    input: Buffer.concat(stream),
  });
}

function commit(ref: string, files: Files): Buffer[] {
  const head = `commit ${ref}\ncommitter t <t@example.org> 1764000000 +0000\ndata 1\nx\ndeleteall\n`;
  return [
    Buffer.from(head),
    ...[...files].flatMap(([path, content]) => {
      const bytes = Buffer.from(content);
      return [
        Buffer.from(`M 100644 inline ${path}\ndata ${bytes.length}\n`),
        bytes,
        Buffer.from("\n"),
      ];
    }),
  ];
}
