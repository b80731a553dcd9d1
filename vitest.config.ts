import path from "node:path";
import { defineConfig } from "vitest/config";

/** Programs that tests start many times find themselves compiled. */
const env = { NODE_COMPILE_CACHE: path.resolve(".cache", "compiled") };

const slow = [
  "test/acceptance/**/*.test.ts",
  "test/sandbox/**/*.test.ts",
  "test/connector/**/*.test.ts",
  "test/crash/**/*.test.ts",
  "test/action/bundle.test.ts",
  "test/action/deliver.test.ts",
  "test/action/init.test.ts",
  "test/action/permissions.test.ts",
  "test/action/strangers.test.ts",
  "test/action/reconcile.test.ts",

  "test/action/verify-audit.test.ts",
];

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/tally.ts"],
    passWithNoTests: false,
    coverage: {
      provider: "v8",
      include: ["src/domain/**", "src/signing/**", "src/audit/**"],
      reporter: ["text-summary"],
      thresholds: { lines: 100, branches: 100 },
    },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: slow,
          testTimeout: 20_000,
          env,
        },
      },
      {
        test: {
          name: "sandbox",
          include: slow,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          env,
          // One more than there are cores: these tests mostly wait for sites.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
