/** The keys that verify JWT payloads, as a JSON Web Key Set (RFC 7517); no credential is needed. */
import type { InstanceKey } from "../domain/instance-key.ts";
import { defaultInstance, type InstanceId, instanceId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import { type ReportBug, toApiError } from "../errors/to-wire.ts";
import { StoreError } from "../store/store.ts";
import type { OpsDoor } from "./ops.ts";
import { type HttpRequest, pathOf } from "./request.ts";
import { type Answer, sendAnswer } from "./rest/answer.ts";
import { errorAnswer } from "./rest/json-error.ts";
import { decodeSegment } from "./rest/raw-path.ts";

export interface JwksDoorParts {
  /** @throws StoreError `not-found` when there is no such instance */
  readonly published: (instance: InstanceId) => Promise<readonly InstanceKey[]>;
  readonly reportBug: ReportBug;
}

/** Where the keys of the default instance are, besides its own path. */
const defaultPath = "/oauth/v2/keys";
const instancePath = /^\/instances\/([^/]+)\/keys$/;

/**
 * Half of the time that a next key is published before it signs, so that whoever keeps the answer
 * for as long as it allows knows every key in time. A revocation cannot shorten what was handed
 * out before it, so the time is always the same.
 */
const cacheControl = "max-age=300";

export function createJwksDoor(parts: JwksDoorParts): OpsDoor {
  return {
    serves: (path) => path === defaultPath || instancePath.test(path),
    handle(request, response) {
      answerTo(parts, request)
        .catch((thrown: unknown) => errorAnswer(toApiError(thrown, parts.reportBug)))
        .then((answer) => sendAnswer(request, response, answer));
    },
  };
}

async function answerTo({ published }: JwksDoorParts, request: HttpRequest): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new ApiError("wrongVerb", { headers: { allow: "GET, HEAD" } });
  }
  const keys = await published(instanceAt(pathOf(request))).catch((thrown: unknown) => {
    if (!(thrown instanceof StoreError) || thrown.code !== "not-found") throw thrown;
    throw new ApiError("instanceNotFound");
  });
  const body = JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
  return { status: 200, headers: { "cache-control": cacheControl }, body };
}

function instanceAt(path: string): InstanceId {
  const segment = instancePath.exec(path)?.[1];
  if (segment === undefined) return defaultInstance;
  return instanceId(decodeSegment(segment, "instance"));
}
