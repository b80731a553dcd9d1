/** Environments with their branches and secrets: what a workflow may use, and who may set it. */
import sodium from "libsodium-wrappers";
import { requireAdmin, requirePermission } from "./access.ts";
import { bodyOf, type Ctx, HttpError, notFound, paged } from "./router.ts";
import { repoOf, type World } from "./world.ts";

interface Environment {
  policy: unknown;
  readonly branches: { readonly id: number; readonly name: string; readonly type: string }[];
}

export function installEnvironments(world: World): void {
  const environments = new Map<string, Environment>();
  let next = 1;
  const path = "/repos/:owner/:repo/environments/:name";
  const keyOf = (c: Ctx) => `${repoOf(world, c).full_name} ${c.req.param("name")}`;
  const environmentOf = (c: Ctx): Environment => {
    const found = environments.get(keyOf(c));
    if (found === undefined) throw notFound();
    return found;
  };
  world.router.get(path, (c) => {
    requirePermission(c, { actions: "read" });
    const { policy } = environmentOf(c);
    return c.json({ name: c.req.param("name"), deployment_branch_policy: policy });
  });
  world.router.put(path, async (c) => {
    requireAdmin(world, c);
    const policy = (await bodyOf(c))["deployment_branch_policy"] ?? null;
    const known = environments.get(keyOf(c));
    if (known === undefined) environments.set(keyOf(c), { policy, branches: [] });
    else known.policy = policy;
    return c.json({ name: c.req.param("name"), deployment_branch_policy: policy });
  });
  world.router.get(`${path}/deployment-branch-policies`, (c) => {
    requirePermission(c, { actions: "read" });
    const { branches } = environmentOf(c);
    return c.json({ total_count: branches.length, branch_policies: paged(c, branches) });
  });
  world.router.post(`${path}/deployment-branch-policies`, async (c) => {
    requireAdmin(world, c);
    const { name, type } = await bodyOf(c);
    const policy = { id: (next += 1), name: String(name), type: type === "tag" ? "tag" : "branch" };
    environmentOf(c).branches.push(policy);
    return c.json(policy);
  });
  world.router.delete(`${path}/deployment-branch-policies/:id`, (c) => {
    requireAdmin(world, c);
    const { branches } = environmentOf(c);
    const at = branches.findIndex(({ id }) => id === Number(c.req.param("id")));
    if (at < 0) throw notFound();
    branches.splice(at, 1);
    return c.body(null, 204);
  });
  installSecrets(world, (c) => void environmentOf(c));
}

interface Pair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** Kept as GitHub keeps them: sealed by whoever sets one, and told to nobody. */
function installSecrets(world: World, refuseUnknown: (c: Ctx) => void): void {
  const path = "/repos/:owner/:repo/environments/:name/secrets";
  const state: { pair: Pair | null } = { pair: null };
  const keyPair = async () => {
    await sodium.ready;
    return (state.pair ??= sodium.crypto_box_keypair());
  };
  const plain = sodium.base64_variants;
  world.router.get(`${path}/public-key`, async (c) => {
    requireAdmin(world, c);
    refuseUnknown(c);
    const { publicKey } = await keyPair();
    return c.json({ key_id: "1", key: sodium.to_base64(publicKey, plain.ORIGINAL) });
  });
  world.router.get(`${path}/:secret`, (c) => {
    requireAdmin(world, c);
    if (!world.secrets.has(c.req.param("secret"))) throw notFound();
    return c.json({ name: c.req.param("secret") });
  });
  world.router.put(`${path}/:secret`, async (c) => {
    requireAdmin(world, c);
    refuseUnknown(c);
    const { encrypted_value: sealed, key_id: id } = await bodyOf(c);
    if (typeof sealed !== "string" || id !== "1") throw new HttpError(422, "Invalid request");
    const { publicKey, privateKey } = await keyPair();
    const bytes = sodium.from_base64(sealed, plain.ORIGINAL);
    const text = sodium.to_string(sodium.crypto_box_seal_open(bytes, publicKey, privateKey));
    world.secrets.set(c.req.param("secret"), text);
    return c.json({}, 201);
  });
}
