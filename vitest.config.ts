import { defineConfig } from "vitest/config";

const slow = [
  "test/acceptance/**/*.test.ts",
  "test/sandbox/**/*.test.ts",
  "test/connector/**/*.test.ts",
  "test/action/bundle.test.ts",
];

/** Of the full run alone, until it comes to rest with rollouts as well. */
const crash = ["test/crash/**/*.test.ts"];
const isFull = process.env["COUNTERSIGN_FULL"] === "1";

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/tally.ts"],
    passWithNoTests: false,
    coverage: {
      provider: "v8",
      include: ["src/domain/**", "src/signing/**", "src/audit/**"],
      reporter: ["text-summary"],
      thresholds: { lines: 99, branches: 98 },
    },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...slow, ...crash],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "sandbox",
          include: isFull ? [...slow, ...crash] : slow,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
