/**
 * Loaded into a program with `--import`: what it cost until it ended, as one JSON object in the file
 * that OWN_TIME_FILE names. `apiSeconds` is how long at least one request of `fetch` was on its way.
 */
import { writeFileSync } from "node:fs";

const real = globalThis.fetch;
const state = { inFlight: 0, since: 0, milliseconds: 0, requests: 0 };

globalThis.fetch = async (...given) => {
  if (state.inFlight === 0) state.since = performance.now();
  state.inFlight += 1;
  state.requests += 1;
  try {
    return await real(...given);
  } finally {
    state.inFlight -= 1;
    if (state.inFlight === 0) state.milliseconds += performance.now() - state.since;
  }
};

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const { milliseconds, requests } = state;
  // Since the program started, its own loading included.
  const wallSeconds = performance.now() / 1000;
  const measured = {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds,
    apiSeconds: milliseconds / 1000,
    requests,
  };
  writeFileSync(process.env["OWN_TIME_FILE"] ?? "/dev/null", JSON.stringify(measured));
});
