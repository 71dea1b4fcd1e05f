/** Handlers that answer with what they were asked, both in the same way. */
import { ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Exchange } from "../../../../../src/server/http1/exchange.ts";
import type { HttpRequest, RequestHandlers } from "../../../../../src/server/request.ts";

type Asked = Pick<HttpRequest, "method" | "url" | "headers">;

function answerTo({ method, url, headers }: Asked, body: string) {
  const asked = JSON.stringify({ method, url, headers, body });
  const fields = ["cache-control", "no-store"];
  return { status: url === "/missing" ? 404 : 200, fields, asked };
}

export interface Echo extends RequestHandlers {
  /** Requests that came past node:http. */
  readonly taken: Exchange[];
}

/** @param takes leaves the others to node:http */
export function echo(takes: (exchange: Exchange) => boolean = () => true): Echo {
  const taken: Exchange[] = [];
  return {
    taken,
    onRequest(request, response) {
      text(request).then(
        (body) => {
          if (!(response instanceof ServerResponse)) throw new Error("this is for HTTP/1.1");
          const { status, fields, asked } = answerTo(request, body);
          const length = ["content-length", String(Buffer.byteLength(asked))];
          response.writeHead(status, [...fields, ...length]).end(asked);
        },
        () => undefined,
      );
    },
    onExchange(exchange) {
      if (!takes(exchange)) return false;
      taken.push(exchange);
      const { status, fields, asked } = answerTo(exchange, Buffer.from(exchange.body).toString());
      setImmediate(() => exchange.answer(status, fields, asked));
      return true;
    },
  };
}

/** Without what differs from second to second. */
export function undated(answers: string): string {
  return answers.replaceAll(/^Date: [^\r]*/gm, "Date: now");
}
