/** /healthz and /readyz, for load balancers and orchestrators. No credential is needed. */
import { pathOf } from "./connect.ts";
import type { HttpRequest, HttpResponse } from "./request.ts";

export interface OpsDoor {
  serves(path: string): boolean;
  handle(request: HttpRequest, response: HttpResponse): void;
}

/**
 * @param ready tells whether the server should get traffic: store reachable and not draining
 */
export function createOpsDoor(ready: () => Promise<boolean>): OpsDoor {
  return {
    serves: (path) => path === "/healthz" || path === "/readyz",
    handle(request, response) {
      if (request.method !== "GET" && request.method !== "HEAD") {
        answer(response, 405, "wrong verb", { allow: "GET, HEAD" });
        return;
      }
      if (pathOf(request) === "/healthz") {
        answer(response, 200, "alive");
        return;
      }
      ready().then(
        (yes) => answer(response, yes ? 200 : 503, yes ? "ready" : "not ready"),
        () => answer(response, 503, "not ready"),
      );
    },
  };
}

function answer(
  response: HttpResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    ...headers,
  });
  response.end(JSON.stringify({ status: text }));
}
