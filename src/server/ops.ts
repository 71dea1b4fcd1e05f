/**
 * What needs no credential and is no method: /healthz and /readyz, for load balancers and
 * orchestrators, the key sets that verify payloads, and the description of the API.
 */
import { type HttpRequest, type HttpResponse, pathOf, type RequestHead } from "./request.ts";
import { sendAnswer } from "./rest/answer.ts";

export interface OpsDoor {
  /** @param request where there is one; without it, what is served whatever the request is */
  serves(path: string, request?: RequestHead): boolean;
  handle(request: HttpRequest, response: HttpResponse): void;
}

/**
 * @param ready tells whether the server should get traffic: store reachable and not draining
 * @param others serve what is neither /healthz nor /readyz
 */
export function createOpsDoor(
  ready: () => Promise<boolean>,
  ...others: readonly OpsDoor[]
): OpsDoor {
  const doorAt = (path: string, request?: RequestHead) =>
    others.find((door) => door.serves(path, request));
  return {
    serves: (path, request) =>
      path === "/healthz" || path === "/readyz" || doorAt(path, request) !== undefined,
    handle(request, response) {
      const other = doorAt(pathOf(request), request);
      if (other !== undefined) return other.handle(request, response);
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
