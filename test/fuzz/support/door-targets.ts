/** The doors of a running server, over real sockets. */
import { once } from "node:events";
import { connect } from "node:net";
import { fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { services } from "../../../src/app/services.ts";
import { type MethodEntry, methodTable } from "../../../src/rpc/method-table.ts";
import { enveloped, type PlainAnswer, type PlainClient } from "../../support/plain-http2.ts";
import { isBug, problemOf } from "./http-answers.ts";
import { jsonBytes, mutated, mutatedText } from "./mutate.ts";
import { pathSamples, requestSamples, someId } from "./samples.ts";
import type { FuzzServer } from "./server.ts";
import { doorTarget, type FuzzTarget } from "./target.ts";

/** Every door. Over HTTP/2 many streams of one connection are under way at once. */
export function doorTargets(server: FuzzServer, client: PlainClient): readonly FuzzTarget[] {
  const samples: JsonObject[] = requestSamples.map((sample) =>
    JSON.parse(JSON.stringify(sample).replaceAll(someId, server.targetId)),
  );
  const { owner, viewer, nobody } = server.tokens;
  const tokens = fc.constantFrom(owner, owner, owner, owner, viewer, nobody, "x");
  const rest = restRequests(samples, tokens);
  const send = sender(server);
  return [
    doorTarget("REST, pipelined", { share: 150, together: 16 }, rest.pipelined, send),
    doorTarget("REST, mutated bytes", { share: 100, together: 16 }, rest.bytes, send),
    connectTarget(client, samples, tokens),
    grpcTarget(client, samples, tokens),
  ];
}

/** Sends bytes and a FIN, and judges all that comes back. */
function sender({ url }: FuzzServer): (bytes: Buffer) => Promise<string | undefined> {
  const { port, hostname } = new URL(url);
  return async (bytes) => {
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    // A server may close while bytes are still on their way to it.
    socket.on("error", () => {}).on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => socket.end());
    socket.end(bytes);
    await once(socket, "close");
    return problemOf(Buffer.concat(chunks));
  };
}

interface RestRequests {
  /** One to eight whole requests, which may only ask for nonsense. */
  readonly pipelined: fc.Arbitrary<Buffer>;
  /** The same with the bytes of the protocol mutated. */
  readonly bytes: fc.Arbitrary<Buffer>;
}

function restRequests(samples: readonly JsonObject[], tokens: fc.Arbitrary<string>): RestRequests {
  const request = fc
    .record({
      verb: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
      target: mutatedText(pathSamples).map((text) => text.replaceAll(/[^\x21-\x7e]/g, "%80")),
      token: tokens,
      type: fc.constantFrom("application/json", "text/plain", "application/grpc", "x"),
      body: jsonBytes(samples),
    })
    .map(({ verb, target, token, type, body }) => {
      const head = [
        `${verb} ${target.startsWith("/") ? target : `/${target}`} HTTP/1.1`,
        "Host: 127.0.0.1",
        `Authorization: Bearer ${token}`,
        `Content-Type: ${type}`,
        `Content-Length: ${body.length}`,
      ];
      return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
    });
  const pipelined = fc
    .array(request, { minLength: 1, maxLength: 8 })
    .map((requests) => Buffer.concat(requests));
  const whole = fc.sample(pipelined, { numRuns: 50, seed: 1 });
  return { pipelined, bytes: mutated(whole) };
}

const methods: readonly MethodEntry[] = [...methodTable(services, []).values()];
const encodings = fc.constantFrom("", "", "", "", "gzip", "br", "identity", "zstd");
const pathOf = ({ name }: MethodEntry) => `/${name}`;

/** Codes that say that the server is at fault. */
const bugs: readonly number[] = [Code.Unknown, Code.Internal, Code.DataLoss, Code.Unavailable];

function connectTarget(
  client: PlainClient,
  samples: readonly JsonObject[],
  tokens: fc.Arbitrary<string>,
): FuzzTarget {
  const unary = methods.filter(({ method }) => method.methodKind === "unary");
  const inputs = fc.record({
    entry: fc.constantFrom(...unary).map(pathOf),
    verb: fc.constantFrom("POST", "POST", "POST", "GET"),
    type: fc.constantFrom("json", "json", "json", "proto", "json; charset=utf-8"),
    encoding: encodings,
    token: tokens,
    body: jsonBytes(samples),
  });
  const send = async (input: InputOf<typeof inputs>) => {
    const { entry, verb, type, encoding, token, body } = input;
    const headers = {
      ":method": verb,
      ":path": verb === "GET" ? `${entry}?${queryFor(input)}` : entry,
      authorization: `Bearer ${token}`,
      ...(verb === "POST" && { "content-type": `application/${type}` }),
      ...(verb === "POST" && encoding !== "" && { "content-encoding": encoding }),
    };
    const answer = await client.send(headers, verb === "GET" ? Buffer.alloc(0) : body, true);
    // Too long a query is refused with the headers, without a word.
    if (answer.status === 200 || answer.status === 431) return undefined;
    const { code } = JSON.parse(answer.body.toString()) as { readonly code: string };
    const bad = isBug(answer.status);
    return bad ? `HTTP ${answer.status} ${code} ${answer.body}` : undefined;
  };
  return doorTarget("Connect", { share: 250, together: 64 }, inputs, send);
}

/** The query of a GET with this message. */
function queryFor(input: {
  readonly type: string;
  readonly encoding: string;
  readonly body: Uint8Array;
}): string {
  const query = new URLSearchParams({
    encoding: input.type.startsWith("proto") ? "proto" : "json",
    message: Buffer.from(input.body).toString("base64url"),
    base64: "1",
  });
  if (input.encoding !== "") query.set("compression", input.encoding);
  return query.toString();
}

type InputOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

function grpcTarget(
  client: PlainClient,
  samples: readonly JsonObject[],
  tokens: fc.Arbitrary<string>,
): FuzzTarget {
  const inputs = fc.constantFrom(...methods).chain((entry) =>
    fc.record({
      entry: fc.constant(pathOf(entry)),
      whole: fc.constant(entry.method.methodKind === "unary"),
      type: fc.constantFrom("", "", "+proto", "+json", "-web", "-web+json"),
      encoding: encodings,
      token: tokens,
      body: framesFor(entry, samples),
    }),
  );
  const send = async (input: InputOf<typeof inputs>) => {
    const { entry, whole, type, encoding, token, body } = input;
    const headers = {
      ":method": "POST",
      ":path": entry,
      te: "trailers",
      authorization: `Bearer ${token}`,
      "content-type": `application/grpc${type}`,
      "grpc-accept-encoding": "identity",
      ...(encoding !== "" && { "grpc-encoding": encoding }),
    };
    const answer = await client.send(headers, body, whole);
    return grpcProblem(answer, whole);
  };
  return doorTarget("gRPC", { share: 250, together: 64 }, inputs, send);
}

/** @param whole tells that the answer is there to its end, and so has a status */
function grpcProblem({ status, fields, body }: PlainAnswer, whole: boolean): string | undefined {
  if (status !== 200) return isBug(status) ? `HTTP ${status}` : undefined;
  // gRPC-Web has its trailers in the body.
  const inBody = body.toString("latin1");
  const code = fields["grpc-status"] ?? /grpc-status: (\d+)/.exec(inBody)?.[1];
  if (code === undefined) return whole ? "neither answer nor status" : undefined;
  const text = `${fields["grpc-message"] ?? inBody}`;
  // The specification of compression in gRPC asks for INTERNAL here.
  if (/received(%20| )compressed(%20| )envelope|no encoding is named/.test(text)) return undefined;
  return bugs.includes(Number(code)) ? `gRPC ${code} ${text}` : undefined;
}

/** Frames with a message of the method's type, as far as a sample fits it, and mutated. */
function framesFor({ method }: MethodEntry, samples: readonly JsonObject[]): fc.Arbitrary<Buffer> {
  const options = { ignoreUnknownFields: true };
  const frames = samples.flatMap((sample) => {
    try {
      return [enveloped(toBinary(method.input, fromJson(method.input, sample, options)))];
    } catch {
      return [];
    }
  });
  const json = samples.map((sample) => enveloped(Buffer.from(JSON.stringify(sample))));
  return mutated([...frames, ...json, enveloped(new Uint8Array())]);
}
