/** The one label a proposal carries: its highest risk. */
import type { PlannedChange } from "../contract/planned-change.ts";

const order = ["critical", "high", "medium", "low"] as const;

export function riskLabel(changes: readonly PlannedChange[]): string | null {
  const highest = order.find((risk) => changes.some((change) => change.risk === risk));
  return highest === undefined ? null : `risk: ${highest}`;
}
