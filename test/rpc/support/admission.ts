/** Whether a call with an empty request was let in, through each door. */
import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { http } from "../../../gen/google/api/annotations_pb.ts";
import { catalogue } from "../../../src/errors/catalogue.ts";
import { enveloped, type PlainAnswer, type PlainClient } from "../../support/plain-http2.ts";

/** "OK" for everything that comes after admission, a refusal of the request included. */
export type Admission = "OK" | "401" | "403";

/** One door: undefined where it has no way to the method. */
export type AdmissionDoor = (
  client: PlainClient,
  method: DescMethod,
  authorization: Readonly<Record<string, string>>,
) => Promise<Admission> | undefined;

const nothing = new Uint8Array();
const emptyJson = Buffer.from("{}");

/** A watch never ends by itself, so the beginning of an answer is enough for a stream. */
const isUnary = (method: DescMethod) => method.methodKind === "unary";

const grpc: AdmissionDoor = async (client, method, authorization) => {
  const headers = { ...post(method), ...authorization, te: "trailers" };
  const type = { "content-type": "application/grpc" };
  const answer = await client.send({ ...headers, ...type }, enveloped(nothing), isUnary(method));
  const code = answer.fields["grpc-status"];
  if (code === undefined && (isUnary(method) || answer.body.length === 0)) throw surprise(answer);
  return admissionOf(Number(code ?? 0), answer);
};

const connectUnary: AdmissionDoor = async (client, method, authorization) => {
  const headers = { ...post(method), ...authorization, "content-type": "application/json" };
  const answer = await client.send(headers, emptyJson, true);
  if (answer.status === 200) return "OK";
  return admissionOf(connectCode(JSON.parse(answer.body.toString())), answer);
};

const connectStream: AdmissionDoor = async (client, method, authorization) => {
  const type = { "content-type": "application/connect+json" };
  const headers = { ...post(method), ...authorization, ...type };
  const answer = await client.send(headers, enveloped(emptyJson), false);
  if (answer.status !== 200 || answer.body.length < 5) throw surprise(answer);
  const ended = ((answer.body[0] ?? 0) & 2) !== 0;
  if (!ended) return "OK";
  const { error } = JSON.parse(answer.body.subarray(5).toString());
  return error === undefined ? "OK" : admissionOf(connectCode(error), answer);
};

const connect: AdmissionDoor = (client, method, authorization) =>
  (isUnary(method) ? connectUnary : connectStream)(client, method, authorization);

const rest: AdmissionDoor = (client, method, authorization) => {
  const routes = restRoutes(method);
  if (routes.length === 0) return undefined;
  return restAdmission(client, routes, authorization);
};

async function restAdmission(
  client: PlainClient,
  routes: readonly RestRoute[],
  authorization: Readonly<Record<string, string>>,
): Promise<Admission> {
  const found = new Set<Admission>();
  for (const { verb, template } of routes) {
    const path = template.replaceAll(/\{\w+\}/g, "x");
    const body = verb === "POST" || verb === "PUT" || verb === "PATCH" ? emptyJson : nothing;
    const headers = { ":method": verb, ":path": path, ...authorization };
    const answer = await client.send(headers, body, true);
    const code = answer.status === 200 ? 0 : Number(JSON.parse(answer.body.toString()).code);
    found.add(admissionOf(code, answer));
  }
  const [admission, ...others] = found;
  if (admission === undefined || others.length > 0) throw new Error("the routes disagree");
  return admission;
}

/** Every door by its name. */
export const admissionDoors: Readonly<Record<string, AdmissionDoor>> = {
  gRPC: grpc,
  Connect: connect,
  REST: rest,
};

export interface RestRoute {
  readonly verb: string;
  readonly template: string;
}

/** The routes of a method, from its google.api.http option. */
export function restRoutes(method: DescMethod): RestRoute[] {
  if (!hasOption(method, http)) return [];
  const rule = getOption(method, http);
  return [rule, ...rule.additionalBindings].map(({ pattern }) => ({
    verb: String(pattern.case).toUpperCase(),
    template: String(pattern.value),
  }));
}

function post({ parent, name }: DescMethod): Readonly<Record<string, string>> {
  return { ":method": "POST", ":path": `/${parent.typeName}/${name}` };
}

function connectCode({ code }: { readonly code?: unknown }): number {
  const known = typeof code === "string" ? codeFromString(code) : undefined;
  if (known === undefined) throw new Error(`${JSON.stringify(code)} is no code of Connect`);
  return known;
}

/** Codes that no empty request may come to. */
const bugs: readonly number[] = [Code.Unknown, Code.Internal, Code.Unavailable, Code.DataLoss];

function admissionOf(code: number, answer: PlainAnswer): Admission {
  if (Number.isNaN(code) || bugs.includes(code)) throw surprise(answer);
  const text = `${answer.body}${answer.fields["grpc-message"] ?? ""}`;
  if (text.includes(catalogue.unknownPath.id)) throw surprise(answer);
  if (code === Code.Unauthenticated) return "401";
  return code === Code.PermissionDenied ? "403" : "OK";
}

function surprise({ status, fields, body }: PlainAnswer): Error {
  return new Error(`HTTP ${status} ${JSON.stringify(fields)} ${body}`);
}
