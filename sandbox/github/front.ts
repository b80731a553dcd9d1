/**
 * The sandbox's HTTP front: one loopback origin for the API and for git, which logs requests,
 * completes answers, and fails on purpose when a test asks for it.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { decorateAny } from "./decorate.ts";
import { withPermissions } from "./permissions.ts";
import type { World } from "./world.ts";

export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Whose token it carried; `app` for the App's own JWT, `anonymous` without one. */
  readonly by: string;
  /** What was written; empty where something was read. */
  readonly body: string;
  status: number;
}

/** An answer instead of the real one. */
export interface Fault {
  /** 0 breaks the connection instead of answering. */
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request takes effect first, and only its answer is lost. */
  readonly afterEffect?: boolean;
}

export type FaultRule = (request: Readonly<RecordedRequest>) => Fault | undefined;

export interface Front {
  readonly requests: RecordedRequest[];
  setFault(rule: FaultRule | undefined): void;
  readonly inFlight: number;
  handle(request: Request): Promise<Response>;
}

export function createFront(world: World): Front {
  const requests: RecordedRequest[] = [];
  let faultOf: FaultRule | undefined;
  let inFlight = 0;

  async function handle(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const by = callerOf(world, request.headers.get("authorization"));
    const { method } = request;
    const body = method === "GET" ? "" : await request.clone().text();
    const recorded = { method, path: pathname + search, by, body, status: 0 };
    requests.push(recorded);
    inFlight += 1;
    try {
      const response = await answer(request, faultOf?.(recorded));
      recorded.status = response.status;
      return response;
    } finally {
      inFlight -= 1;
    }
  }

  async function answer(request: Request, fault: Fault | undefined): Promise<Response> {
    if (fault === undefined) return serve(world, request);
    if (fault.afterEffect === true) await serve(world, request);
    return faultyAnswer(fault);
  }

  return {
    requests,
    setFault: (rule) => void (faultOf = rule),
    get inFlight() {
      return inFlight;
    },
    handle,
  };
}

function callerOf(world: World, authorization: string | null): string {
  const token = authorization?.replace(/^(bearer|token) +/i, "");
  if (token === undefined) return "anonymous";
  const auth = world.tokens.get(token);
  if (auth?.installation !== undefined) return `${world.app.slug}[bot]`;
  return auth?.login ?? (token.startsWith("eyJ") ? "app" : "anonymous");
}

function faultyAnswer({ status, body, headers }: Fault): Response {
  if (status === 0) return Response.error();
  const all = { "content-type": "application/json", date: new Date().toUTCString(), ...headers };
  return new Response(JSON.stringify(body ?? { message: "Server Error" }), {
    status,
    headers: all,
  });
}

async function serve(world: World, request: Request): Promise<Response> {
  const response = await world.router.fetch(request);
  const headers = new Headers(response.headers);
  headers.set("date", new Date().toUTCString());
  headers.set("x-github-request-id", randomUUID());
  const { status } = response;
  if (!headers.get("content-type")?.includes("json")) {
    return new Response(response.body, { status, headers });
  }
  const body: unknown = await response.json();
  const token = request.headers.get("authorization")?.replace(/^(bearer|token) +/i, "");
  const seen = withPermissions(world, body, world.tokens.get(token ?? "")?.login);
  return new Response(JSON.stringify(decorateAny(world, seen)), { status, headers });
}

/** A server on a free loopback port whose handler may be set after it listens. */
export interface LoopbackServer {
  readonly origin: string;
  setHandler(handler: NodeHandler): void;
  close(): Promise<void>;
}

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export async function listen(): Promise<LoopbackServer> {
  let handler: NodeHandler | undefined;
  const server = createServer((request, response) => {
    if (handler === undefined) response.writeHead(503).end();
    else handler(request, response).catch((error: unknown) => fail(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    setHandler: (next) => void (handler = next),
    close: () => closeServer(server),
  };
}

function fail(response: ServerResponse, error: unknown): void {
  if (!response.headersSent) response.writeHead(500);
  response.end(error instanceof Error ? error.message : "error");
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export async function bodyBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    const bytes: Buffer = chunk;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Answers a node request through the front. */
export async function answerThrough(
  front: Front,
  origin: string,
  exchange: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const { request, response } = exchange;
  const { method = "GET", url = "/", headers } = request;
  const body = await bodyBytes(request);
  const plain = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const hasBody = method !== "GET" && method !== "HEAD" && body.length > 0;
  const init = { method, headers: Object.fromEntries(plain), ...(hasBody ? { body } : {}) };
  const answer = await front.handle(new Request(origin + url, init));
  if (answer.status === 0) {
    response.destroy();
    return;
  }
  const bytes = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(method === "HEAD" ? undefined : bytes);
}
