import { describe, expect, it } from "vitest";
import { requireRuntime } from "../../src/cli/runtime.ts";

describe("the runtime", () => {
  it.each(["24.10.0", "24.21.0", "25.0.0"])("may be Node %s", (version) => {
    expect(() => requireRuntime(version)).not.toThrow();
  });
  it.each(["24.9.9", "22.18.0", "20.20.2", "", "nonsense"])("may not be Node %s", (version) => {
    expect(() => requireRuntime(version)).toThrow(
      expect.objectContaining({ code: "runtime_too_old" }) as Error,
    );
  });
  it("is the running one unless a version is given", () => {
    expect(() => requireRuntime()).not.toThrow();
  });
});
