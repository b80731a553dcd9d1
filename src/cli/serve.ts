/** `countersign serve`: the GitHub App, until it is told to stop. */
import { readSettings } from "../server/settings.ts";
import { startServer } from "../server/start.ts";

export async function serve(): Promise<void> {
  const server = await startServer(readSettings(process.env));
  console.log(`Countersign listens on ${server.url}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void server.stop();
    });
  }
}
