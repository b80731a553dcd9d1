import { defineConfig } from "vitest/config";

const slow = [
  "test/acceptance/**/*.test.ts",
  "test/sandbox/**/*.test.ts",
  "test/connector/**/*.test.ts",
  "test/crash/**/*.test.ts",
  "test/action/bundle.test.ts",
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
        },
      },
      {
        test: {
          name: "sandbox",
          include: slow,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
