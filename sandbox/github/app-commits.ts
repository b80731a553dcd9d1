/**
 * Commits that the App makes through the API without naming an author: GitHub commits them as
 * web-flow, authored by the App's bot, and signs them.
 */
import { emailOf } from "./merge.ts";
import { bodyOf, type Ctx, replaceBody } from "./router.ts";
import { accountOf, type World } from "./world.ts";

const webFlow = { name: "GitHub", email: "noreply@github.com" };

export function installAppCommits(world: World): void {
  const sign = signOwn(world);
  world.router.use("/repos/:owner/:repo/git/commits", sign);
  world.router.use("/repos/:owner/:repo/contents/:path{.+}", sign);
}

const signOwn = (world: World) => async (c: Ctx, next: () => Promise<void>) => {
  const auth = c.get("authUser");
  if (c.req.method === "GET" || auth?.installation === undefined) return next();
  const body = await bodyOf(c);
  if (body["author"] !== undefined || body["committer"] !== undefined) return next();
  const bot = accountOf(world, auth);
  const author = { name: bot.login, email: emailOf(bot) };
  replaceBody(c, { ...body, author, committer: webFlow });
  const earlier = world.gh.commits.all().length;
  await next();
  for (const { sha, author_email } of world.gh.commits.all().slice(earlier)) {
    if (author_email === author.email) world.signed.add(sha);
  }
};
