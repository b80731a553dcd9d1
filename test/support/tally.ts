/** The last line of every test run, plain: `N passed, N failed`, after what was skipped and why. */
import type { Reporter, TestModule } from "vitest/node";

export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") counts.passed += 1;
        else if (result.state === "failed") counts.failed += 1;
        else {
          counts.skipped += 1;
          skipped.push(
            `${test.fullName}: ${result.state === "skipped" ? (result.note ?? "") : ""}`,
          );
        }
      }
    }
    process.on("exit", () => {
      for (const line of skipped) console.log(`skipped: ${line}`);
      const rest = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
      console.log(`${counts.passed} passed, ${counts.failed} failed${rest}`);
    });
  }
}
