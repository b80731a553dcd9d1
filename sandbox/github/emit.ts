/** Events of the overlay's own: queued in order, built when their turn comes, then delivered. */
import { decorate } from "./decorate.ts";
import type { Json } from "./router.ts";
import type { RepoRow, UserRow } from "./rows.ts";
import { read, readPull, readRepo, readUser, type World } from "./world.ts";

/** What an event says beside repository, organisation, installation and sender. */
export interface RepoEvent {
  readonly event: string;
  readonly action?: string;
  readonly sender: UserRow;
  readonly detail: () => Json | Promise<Json>;
}

/** Queues an event of the overlay's own; its detail is read when its turn comes. */
export function emit(
  world: World,
  repo: RepoRow,
  { event, action, sender, detail }: RepoEvent,
): void {
  world.webhooks.enqueue(async () => {
    const named = action === undefined ? {} : { action };
    const payload = { ...named, ...(await detail()), repository: await readRepo(world, repo) };
    await send(world, event, action, { ...payload, sender: await readUser(world, sender.login) });
  });
}

/** Queues a `pull_request` event with the pull request as it is then. */
export function emitPull(
  world: World,
  repo: RepoRow,
  what: { action: string; number: number; sender: UserRow; detail?: Json },
): void {
  const { action, number, sender } = what;
  const detail = async () => ({
    number,
    pull_request: await readPull(world, repo, number),
    ...what.detail,
  });
  emit(world, repo, { event: "pull_request", action, sender, detail });
}

/** Queues an event of the organisation, which belongs to no repository. */
export function emitOrg(world: World, what: RepoEvent): void {
  world.webhooks.enqueue(async () => {
    const named = what.action === undefined ? {} : { action: what.action };
    const payload = { ...named, ...(await what.detail()) };
    const sender = await readUser(world, what.sender.login);
    await send(world, what.event, what.action, { ...payload, sender });
  });
}

export async function send(world: World, event: string, action: string | undefined, payload: Json) {
  const { installationId } = world.app;
  const organization = await read(world, `/orgs/${world.org}`);
  const installation = { id: installationId, node_id: `I_${installationId}` };
  world.webhooks.deliver(event, action, {
    ...decorate(world, payload),
    organization,
    installation,
  });
}
