/** What a caller of Execute says has happened, made ready to be told to targets. */
import type { JsonValue } from "@bufbuild/protobuf";
import type { Value } from "@bufbuild/protobuf/wkt";
import type {
  Caller,
  ExecuteRequest,
  FunctionOccurrence,
  RequestOccurrence,
  ResponseOccurrence,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import { builtIn } from "../catalog/built-in.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { type ConditionId, functionCandidates, requestCandidates } from "../domain/condition.ts";
import type { InstanceId } from "../domain/units.ts";
import type { Violation } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import { InvalidAnswer } from "../execution/answer.ts";
import { type GivenMessage, givenMessage } from "../execution/given-message.ts";
import type { MessageType } from "../execution/message-json.ts";
import { methodContext } from "../execution/method-context.ts";
import type { Run } from "../execution/run.ts";
import { isFiniteJson } from "../json/finite.ts";
import { reservedClaims } from "../signing/payload.ts";
import { fromValue } from "./value.ts";

/** What has happened, with all that a run needs to know of it. */
export interface Occasion extends Pick<Run, "message" | "context" | "accept"> {
  /** Conditions that are met, best match first. */
  readonly candidates: readonly ConditionId[];
  /** The message from now on, redacted fields included; undefined when there is none. */
  whole(): JsonValue | undefined;
}

const methodForm = /^\/([^/]+)\/([^/]+)$/;

/** Members that a function's payload must not have: its name, and the claims of a JWT. */
const reservedMembers: ReadonlySet<string> = new Set(["function", ...reservedClaims]);

const notFinite = "must be JSON: every value set, and no number like NaN or 1e999";

/** The mistakes that the proto file cannot tell. */
export function occurrenceViolations({ occurrence }: ExecuteRequest): Violation[] {
  switch (occurrence.case) {
    case "request":
    case "response":
      return methodViolations(`${occurrence.case}.full_method`, occurrence.value.fullMethod);
    case "function":
      return payloadViolations(occurrence.value);
    default:
      return [];
  }
}

/** Targets must be able to trust that calls of our own API are told by us (contract.md section 6). */
const ownServices: ReadonlySet<string> = new Set(builtIn.services.map(({ typeName }) => typeName));

/** An empty name is a matter of the proto file. */
function methodViolations(field: string, fullMethod: string): Violation[] {
  if (fullMethod === "") return [];
  const service = methodForm.exec(fullMethod)?.[1];
  if (service === undefined) {
    return [{ field, description: 'must be spelled "/package.Service/Method"' }];
  }
  if (!ownServices.has(service)) return [];
  return [{ field, description: "is a method of targetd, which runs its executions itself" }];
}

function payloadViolations({ payload }: FunctionOccurrence): Violation[] {
  if (payload === undefined) return [];
  const field = "function.payload";
  const reserved = Object.keys(payload)
    .filter((name) => reservedMembers.has(name))
    .map((name) => ({ field: `${field}.${name}`, description: "is reserved for targetd" }));
  return isFiniteJson(payload) ? reserved : [...reserved, { field, description: notFinite }];
}

/**
 * @throws InvalidFields when a message is none of the type that the catalogue knows
 */
export function occasionOf(
  { occurrence }: ExecuteRequest,
  instance: InstanceId,
  catalog: Catalog,
): Occasion {
  switch (occurrence.case) {
    case "request":
      return requestOccasion(occurrence.value, instance, catalog);
    case "response":
      return responseOccasion(occurrence.value, instance, catalog);
    case "function":
      return functionOccasion(occurrence.value);
    default:
      throw new Error("the rules of the proto file let no occurrence pass");
  }
}

function requestOccasion(
  { fullMethod, request, caller }: RequestOccurrence,
  instance: InstanceId,
  catalog: Catalog,
): Occasion {
  const types = typesOf(catalog, fullMethod);
  const given = read("request.request", types?.input, request);
  const about = callerContext(fullMethod, instance, caller);
  return {
    ...methodOccasion("request", fullMethod, given),
    context: (message) => methodContext({ ...about, request: message }),
  };
}

function responseOccasion(
  { fullMethod, request, response, caller }: ResponseOccurrence,
  instance: InstanceId,
  catalog: Catalog,
): Occasion {
  const types = typesOf(catalog, fullMethod);
  const { json } = read("response.request", types?.input, request);
  const given = read("response.response", types?.output, response);
  const about = callerContext(fullMethod, instance, caller);
  return {
    ...methodOccasion("response", fullMethod, given),
    context: (message) => methodContext({ ...about, request: json, response: message }),
  };
}

function methodOccasion(kind: "request" | "response", fullMethod: string, given: GivenMessage) {
  const [, service = "", method = ""] = methodForm.exec(fullMethod) ?? [];
  return {
    candidates: requestCandidates(kind, service, method),
    message: given.json,
    accept: (answer: JsonValue) => given.replace(answer),
    whole: () => given.whole(),
  };
}

function functionOccasion({ name, payload }: FunctionOccurrence): Occasion {
  let current: JsonValue | undefined;
  return {
    candidates: functionCandidates(name),
    message: undefined,
    context: () => JSON.stringify({ function: name, ...payload }),
    accept: (answer) => {
      if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
        throw new InvalidAnswer("the body is no JSON object");
      }
      current = answer;
      return answer;
    },
    whole: () => current,
  };
}

interface MethodTypes {
  readonly input: MessageType;
  readonly output: MessageType;
}

/** The types of a method's messages; undefined when the catalogue does not have it. */
function typesOf(catalog: Catalog, fullMethod: string): MethodTypes | undefined {
  const found = catalog.findMethod(fullMethod);
  if (found === undefined) return undefined;
  const { method, registry } = found;
  return { input: { schema: method.input, registry }, output: { schema: method.output, registry } };
}

function read(
  field: string,
  type: MessageType | undefined,
  value: Value | undefined,
): GivenMessage {
  const json = plainJson(field, value);
  try {
    return givenMessage(type, json);
  } catch (thrown) {
    if (!(thrown instanceof InvalidAnswer)) throw thrown;
    const description = `must be a ${type?.schema.typeName} in proto JSON`;
    throw new InvalidFields([{ field, description }]);
  }
}

/** @throws InvalidFields for what the binary form lets pass and JSON does not have */
function plainJson(field: string, value: Value | undefined): JsonValue | undefined {
  try {
    return fromValue(value);
  } catch {
    throw new InvalidFields([{ field, description: notFinite }]);
  }
}

function callerContext(fullMethod: string, instanceID: InstanceId, caller: Caller | undefined) {
  const { orgId: orgID = "", projectId: projectID = "", userId: userID = "" } = caller ?? {};
  return { fullMethod, instanceID, orgID, projectID, userID, headers: toldHeaders(caller) };
}

/** The headers that targets may be told, in the spelling of the payload. */
const toldNames: ReadonlyMap<string, string> = new Map(
  ["Content-Type", "Host", "Origin", "X-Forwarded-For", "X-Forwarded-Host"].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

function toldHeaders(caller: Caller | undefined): Record<string, readonly string[]> {
  const entries = Object.entries(caller?.headers ?? {}).flatMap(([name, { values }]) => {
    const told = toldNames.get(name.toLowerCase());
    return told === undefined || values.length === 0 ? [] : [[told, values] as const];
  });
  return Object.fromEntries(entries);
}
