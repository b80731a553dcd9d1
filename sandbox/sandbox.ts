/** `npm run sandbox`: the world of the demo without its story. Options: --sites N, --json. */
import { parseArgs } from "node:util";
import { describeKept, keptLine, toldToStop } from "./kept.ts";
import { startWorld } from "./world.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    sites: { type: "string", default: "1" },
  },
});
const sites = Number(options.sites);
if (!Number.isSafeInteger(sites) || sites < 1 || sites > 50) {
  console.error(`--sites ${options.sites}: a whole number from 1 to 50.`);
  process.exit(2);
}

const stop = toldToStop();
const world = await startWorld({
  sites,
  onProgress: (text) => {
    if (!options.json) console.log(text);
  },
});
console.log(options.json ? JSON.stringify(keptLine(world)) : `\n${describeKept(world)}`);
await stop;
await world.close();
process.exit();
