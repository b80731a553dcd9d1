/** Reviews: who may not approve, and dismissals with their entry in the timeline. */
import { requirePermission } from "./access.ts";
import { emit } from "./emit.ts";
import { requireWrite } from "./permissions.ts";
import { bodyOf, HttpError, notFound } from "./router.ts";
import { addTimeline } from "./timeline.ts";
import { actorOf, pullOf, readObject, readPull, type World } from "./world.ts";

export function installReviews(world: World): void {
  refuseWrongReviews(world);
  const dismissals = "/repos/:owner/:repo/pulls/:number/reviews/:review/dismissals";
  world.router.put(dismissals, async (c) => {
    const { repo, pull } = pullOf(world, c);
    const sender = actorOf(world, c);
    requirePermission(c, { pull_requests: "write" });
    requireWrite(world, sender, repo);
    const review = world.gh.reviews.get(Number(c.req.param("review")));
    if (review?.repo_id !== repo.id || review.pull_number !== pull.number) throw notFound();
    const { message } = await bodyOf(c);
    if (typeof message !== "string" || message === "")
      throw new HttpError(422, "message is required");
    if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
      throw new HttpError(422, "Can not dismiss a commented pull request review");
    }
    world.gh.reviews.update(review.id, { state: "DISMISSED" });
    const dismissed_review = {
      state: review.state.toLowerCase(),
      review_id: review.id,
      dismissal_message: message,
    };
    const entry = { event: "review_dismissed", actor: sender, detail: { dismissed_review } };
    addTimeline(world, repo, pull.number, entry);
    const path = `/repos/${repo.full_name}/pulls/${pull.number}/reviews/${review.id}`;
    const detail = async () => ({
      review: { ...(await readObject(world, path)), state: "dismissed" },
      pull_request: await readPull(world, repo, pull.number),
    });
    emit(world, repo, { event: "pull_request_review", action: "dismissed", sender, detail });
    return c.json(await readObject(world, path));
  });
}

const refused: Readonly<Record<string, string>> = {
  APPROVE: "Can not approve your own pull request",
  REQUEST_CHANGES: "Can not request changes on your own pull request",
};

/** The emulator lets people approve their own pull requests. */
function refuseWrongReviews(world: World): void {
  const reviews = "/repos/:owner/:repo/pulls/:number/reviews";
  for (const path of [reviews, `${reviews}/:review/events`]) {
    world.router.use(path, async (c, next) => {
      if (c.req.method !== "POST") return next();
      const { pull } = pullOf(world, c);
      const { event, body } = await bodyOf(c);
      const message = refused[String(event)];
      if (message !== undefined && pull.user_id === actorOf(world, c).id) {
        throw new HttpError(422, message);
      }
      const unexplained = event === "REQUEST_CHANGES" && (typeof body !== "string" || body === "");
      if (unexplained) throw new HttpError(422, "Unprocessable Entity");
      await next();
    });
  }
}
