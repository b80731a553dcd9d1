import { describe, expect, it } from "vitest";
import { readSettings } from "../../src/server/settings.ts";

const good = {
  APP_ID: "12345",
  PRIVATE_KEY: String.raw`-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----`,
  WEBHOOK_SECRET: "s".repeat(32),
  COUNTERSIGN_SEED: "A".repeat(43),
};
const problem = (env: Record<string, string | undefined>) => {
  try {
    readSettings({ ...good, ...env });
  } catch (error) {
    return error;
  }
  return null;
};

describe("readSettings", () => {
  it("reads what is needed and gives the rest its usual value", () => {
    expect(readSettings(good)).toMatchObject({
      appId: 12_345,
      privateKey: "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
      githubApiUrl: "https://api.github.com",
      port: 3000,
      throttle: true,
    });
  });
  it.each<[string, Record<string, string | undefined>]>([
    ["webhook_secret_weak", { WEBHOOK_SECRET: undefined }],
    ["webhook_secret_weak", { WEBHOOK_SECRET: "" }],
    ["webhook_secret_weak", { WEBHOOK_SECRET: "development" }],
    ["webhook_secret_weak", { WEBHOOK_SECRET: "s".repeat(31) }],
    ["seed_invalid", { COUNTERSIGN_SEED: undefined }],
    ["seed_invalid", { COUNTERSIGN_SEED: "A".repeat(44) }],
    ["config_missing", { APP_ID: "NaN" }],
    ["config_missing", { PRIVATE_KEY: "not a key" }],
    ["config_missing", { PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: "/does/not/exist.pem" }],
    ["config_missing", { PORT: "80a" }],
    ["config_missing", { LOG_LEVEL: "loud" }],
  ])("refuses to start with %s for %o, and says what to do", (code, env) => {
    expect(problem(env)).toMatchObject({ code, hint: expect.stringMatching(/^(Make|Set)/u) });
  });
  it("names everything that is wrong at once", () => {
    expect(problem({ APP_ID: "", WEBHOOK_SECRET: "" })).toMatchObject({
      message: expect.stringMatching(/APP_ID[^]*WEBHOOK_SECRET/u),
    });
  });
});
