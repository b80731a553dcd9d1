/** The emulator's router and request context, typed, and the errors that handlers throw. */
import type { AuthUser } from "./rows.ts";

export type Json = Record<string, unknown>;

export interface Ctx {
  readonly req: {
    param(name: string): string;
    query(name: string): string | undefined;
    header(name: string): string | undefined;
    raw: Request;
    readonly url: string;
    readonly method: string;
    readonly path: string;
  };
  get(key: "authUser"): AuthUser | undefined;
  get(key: "authApp"): { readonly appId: number } | undefined;
  json(data: unknown, status?: number): Response;
  body(data: null, status: number): Response;
  header(name: string, value: string): void;
}

export type Handler = (
  c: Ctx,
  next: () => Promise<void>,
) => Response | void | Promise<Response | void>;

export interface Router {
  readonly middleware: { readonly handlers: readonly Handler[] }[];
  use(path: string, handler: Handler): unknown;
  get(path: string, handler: Handler): unknown;
  post(path: string, handler: Handler): unknown;
  put(path: string, handler: Handler): unknown;
  patch(path: string, handler: Handler): unknown;
  delete(path: string, handler: Handler): unknown;
  fetch(request: Request): Promise<Response>;
}

/** Answered as GitHub answers an error: `{ message, documentation_url }` with this status. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "HttpError";
    this.status = status;
  }
}

export const notFound = () => new HttpError(404, "Not Found");

/** The JSON body, read without consuming it for a later handler; `{}` when there is none. */
export async function bodyOf(c: Ctx): Promise<Json> {
  const text = await c.req.raw.clone().text();
  if (text === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new HttpError(400, "Problems parsing JSON");
  }
  return isJson(body) ? body : {};
}

/** Lets the handlers that follow read this body instead. */
export function replaceBody(c: Ctx, body: Json): void {
  const { url, method, headers } = c.req.raw;
  c.req.raw = new Request(url, { method, headers, body: JSON.stringify(body) });
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** One page of a list, with GitHub's `Link` header. `per_page` is 30 unless asked, 100 at most. */
export function paged<T>(c: Ctx, all: readonly T[]): T[] {
  const perPage = clamp(Number(c.req.query("per_page") ?? 30), 1, 100);
  const page = clamp(Number(c.req.query("page") ?? 1), 1, Number.MAX_SAFE_INTEGER);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const links: string[] = [];
  const link = (to: number, rel: string) => {
    const url = new URL(c.req.url);
    url.searchParams.set("page", String(to));
    url.searchParams.set("per_page", String(perPage));
    links.push(`<${url.href}>; rel="${rel}"`);
  };
  if (page < last) {
    link(page + 1, "next");
    link(last, "last");
  }
  if (page > 1) {
    link(page - 1, "prev");
    link(1, "first");
  }
  if (links.length > 0) c.header("Link", links.join(", "));
  return all.slice((page - 1) * perPage, page * perPage);
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.trunc(value))) : least;
}
