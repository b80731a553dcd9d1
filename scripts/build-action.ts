/** Bundles the Action: `node scripts/build-action.ts [folder]`. Equal sources give equal bytes. */
import path from "node:path";
import { rolldown } from "rolldown";

const root = path.resolve(import.meta.dirname, "..");

/** @returns the bundle's one file */
export async function buildAction(folder: string): Promise<string> {
  const bundle = await rolldown({
    input: path.join(root, "action/main.ts"),
    cwd: root,
    platform: "node",
    // Comments name the files that modules came from: their places differ from machine to machine.
    logLevel: "warn",
  });
  try {
    const { output } = await bundle.write({
      file: path.join(folder, "main.js"),
      format: "esm",
      minify: true,
      sourcemap: false,
      codeSplitting: false,
    });
    if (output.length !== 1) throw new Error("the bundle is more than one file");
    return path.join(folder, "main.js");
  } finally {
    await bundle.close();
  }
}

if (import.meta.main) {
  console.log(await buildAction(process.argv[2] ?? path.join(root, "action/dist")));
}
