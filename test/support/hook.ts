/** An HTTP server that plays the target: keeps what it gets and answers as a test wants. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { onTestFinished } from "vitest";

/** A call as it came in. */
export interface Hit {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body read as JSON; fails for a JWT. */
  readonly json: JsonObject;
}

/** How to answer; by default with status 200 and an empty body. */
export interface HookReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go out as they are, anything else as JSON. */
  readonly body?: JsonValue | Uint8Array;
}

export type Answerer = (
  hit: Hit,
  response: ServerResponse,
) => HookReply | undefined | Promise<HookReply | undefined>;

export interface Hook {
  readonly url: string;
  /** Every call so far. */
  readonly hits: readonly Hit[];
  /** The latest call. */
  last(): Hit;
  /** Answers differently from now on. */
  answer(answerer: Answerer): void;
}

/** Holds a call until the connection ends. */
export const hang: Answerer = () => new Promise(() => undefined);

/** Answers every call in the same way. */
export const replying =
  (reply: HookReply): Answerer =>
  () =>
    reply;

/** Answers every call with a body. */
export const saying = (body: JsonValue): Answerer => replying({ body });

/** Starts a target that is closed when the test ends. */
export async function openHook(answerer: Answerer = () => undefined): Promise<Hook> {
  const hits: Hit[] = [];
  let answer = answerer;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const hit: Hit = {
      path: request.url ?? "",
      headers: request.headers,
      body,
      get json() {
        return JSON.parse(body.toString()) as JsonObject;
      },
    };
    hits.push(hit);
    const { status = 200, headers = {}, body: content = "" } = (await answer(hit, response)) ?? {};
    const plain = typeof content === "string" || content instanceof Uint8Array;
    response.writeHead(status, headers).end(plain ? content : JSON.stringify(content));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    hits,
    last() {
      const hit = hits.at(-1);
      if (hit === undefined) throw new Error("nothing was called");
      return hit;
    },
    answer(next) {
      answer = next;
    },
  };
}
