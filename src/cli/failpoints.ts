/** `countersign failpoints`: where tests may end the App, and the connector. */
import { CONNECTOR_FAILPOINTS, FAILPOINTS } from "../failpoint.ts";

export function describeFailpoints(form: "json" | "text"): string {
  if (form === "json") return JSON.stringify({ app: FAILPOINTS, connector: CONNECTOR_FAILPOINTS });
  const lines = (side: Readonly<Record<string, string>>) =>
    Object.entries(side).map(([name, reached]) => `  ${name.padEnd(20)} ${reached}`);
  return ["App:", ...lines(FAILPOINTS), "Connector:", ...lines(CONNECTOR_FAILPOINTS)].join("\n");
}
