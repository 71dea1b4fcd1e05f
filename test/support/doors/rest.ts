/** Calls over REST/JSON by fetch. */
import { createRegistry, fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { ErrorDetailSchema } from "../../../gen/zitadel/v1/error_detail_pb.ts";
import { failureOf, type Outcome, success } from "./outcome.ts";

/** The routes as contract.md section 2 lists them, written out so that nothing is shared with src. */
const routes: Readonly<Record<string, readonly [verb: string, path: string]>> = {
  CreateTarget: ["POST", "/v2/actions/targets"],
  UpdateTarget: ["POST", "/v2/actions/targets/{id}"],
  DeleteTarget: ["DELETE", "/v2/actions/targets/{id}"],
  GetTarget: ["GET", "/v2/actions/targets/{id}"],
  ListTargets: ["POST", "/v2/actions/targets/search"],
  AddPublicKey: ["POST", "/v2/actions/targets/{targetId}/publickeys"],
  ActivatePublicKey: ["POST", "/v2/actions/targets/{targetId}/publickeys/{keyId}/activate"],
  DeactivatePublicKey: ["POST", "/v2/actions/targets/{targetId}/publickeys/{keyId}/deactivate"],
  RemovePublicKey: ["DELETE", "/v2/actions/targets/{targetId}/publickeys/{keyId}"],
  ListPublicKeys: ["POST", "/v2/actions/targets/{targetId}/publickeys/search"],
  SetExecution: ["PUT", "/v2/actions/executions"],
  ListExecutions: ["POST", "/v2/actions/executions/search"],
  ListExecutionFunctions: ["GET", "/v2/actions/executions/functions"],
  ListExecutionMethods: ["GET", "/v2/actions/executions/methods"],
  ListExecutionServices: ["GET", "/v2/actions/executions/services"],
};

/** An HTTP request that REST turns into a call. */
export interface RestCall {
  readonly verb: string;
  /** With query. */
  readonly path: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/**
 * Puts a request where its route wants it: path, body or query.
 *
 * @param version with which its path begins
 */
export function restCall(method: string, request: JsonObject, version = "v2"): RestCall {
  const route = routes[method];
  if (route === undefined) throw new Error(`${method} has no route`);
  const [verb, template] = route;
  const rest = new Map(Object.entries(request));
  const versioned = template.replace("/v2/", `/${version}/`);
  const path = versioned.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value));
  });
  if (verb === "POST" || verb === "PUT") {
    return { verb, path, body: JSON.stringify(Object.fromEntries(rest)) };
  }
  const query = new URLSearchParams([...rest].map(([name, value]) => [name, String(value)]));
  return { verb, path: rest.size === 0 ? path : `${path}?${query}` };
}

/** What REST answered: the outcome, and what only HTTP has. */
export interface RestOutcome extends Outcome {
  readonly status: number;
}

const details = createRegistry(
  ErrorDetailSchema,
  ErrorInfoSchema,
  BadRequestSchema,
  RetryInfoSchema,
);

/** Sends a request and reads the answer, which must be JSON. */
export async function sendRest(
  url: string,
  { verb, path, body }: RestCall,
  headers: Readonly<Record<string, string>>,
): Promise<RestOutcome> {
  const init = body === undefined ? {} : { body };
  const response = await fetch(url + path, { method: verb, headers, ...init });
  return readRest(response.status, await response.text(), (name) => response.headers.get(name));
}

/** Reads the parts of an answer. */
export function readRest(status: number, body: string, header: Outcome["header"]): RestOutcome {
  const json = JSON.parse(body) as JsonValue;
  if (status === 200) return { status, ...success(json as JsonObject, header) };
  const error = fromJson(StatusSchema, json, { registry: details });
  return { status, ...failureOf(error, header) };
}
