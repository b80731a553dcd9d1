/** The database of the real App is lost, and made anew from what GitHub holds. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { rebuildAll } from "../../src/server/rebuild.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { type App, startApp } from "../support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it("finds the App's fleets, reads their logs back, and refuses a database that is not empty", async () => {
  const { settings, github } = app;
  const databaseFile = `${settings.databaseFile}-anew`;
  const progress: string[] = [];
  const report = await rebuildAll({ ...settings, databaseFile }, (line) => progress.push(line));
  expect(report).toMatchObject({ fleets: 1, sites: {}, failed: [] });
  expect(progress[0]).toBe("The App is installed on 1 repositories.");

  const [lost, made] = [
    await openSqliteStore(settings.databaseFile),
    await openSqliteStore(databaseFile),
  ];
  const lines = await made.lines(github.repoId, 0);
  expect(lines.length).toBeGreaterThan(0);
  expect(report.entries).toBe(lines.length);
  expect((await lost.lines(github.repoId, 0)).slice(0, lines.length)).toEqual(lines);
  expect(await made.fleets()).toEqual(await lost.fleets());
  await Promise.all([lost.close(), made.close()]);

  const again = rebuildAll({ ...settings, databaseFile }, () => {});
  await expect(again).rejects.toMatchObject({ code: "store_unusable" });
});
