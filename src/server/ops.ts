/**
 * What needs no credential and is no method: /healthz and /readyz, for load balancers and
 * orchestrators, and the key sets that verify payloads.
 */
import { pathOf } from "./connect.ts";
import type { HttpRequest, HttpResponse } from "./request.ts";
import { sendAnswer } from "./rest/answer.ts";

export interface OpsDoor {
  serves(path: string): boolean;
  handle(request: HttpRequest, response: HttpResponse): void;
}

/**
 * @param ready tells whether the server should get traffic: store reachable and not draining
 */
export function createOpsDoor(ready: () => Promise<boolean>, keySets: OpsDoor): OpsDoor {
  return {
    serves: (path) => path === "/healthz" || path === "/readyz" || keySets.serves(path),
    handle(request, response) {
      if (keySets.serves(pathOf(request))) return keySets.handle(request, response);
      const answer = (status: number, text: string, headers: Record<string, string> = {}) =>
        sendAnswer(request, response, { status, headers, body: JSON.stringify({ status: text }) });
      if (request.method !== "GET" && request.method !== "HEAD") {
        answer(405, "wrong verb", { allow: "GET, HEAD" });
      } else if (pathOf(request) === "/healthz") {
        answer(200, "alive");
      } else {
        ready().then(
          (yes) => (yes ? answer(200, "ready") : answer(503, "not ready")),
          () => answer(503, "not ready"),
        );
      }
    },
  };
}
