import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { types } from "./answers.ts";
import {
  Code,
  ConformancePayload_RequestInfoSchema,
  ConformanceService,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
  UnaryRequestSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** Starts the program as the runner does. @returns where it listens */
async function startServer(): Promise<string> {
  const server = spawn(process.execPath, [join(import.meta.dirname, "serve.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    server.kill();
    await once(server, "exit");
  });
  const request = toBinary(ServerCompatRequestSchema, create(ServerCompatRequestSchema));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(request.length);
  server.stdin.end(Buffer.concat([length, request]));
  const [answer] = (await once(server.stdout, "data")) as [Buffer];
  expect(answer.readUInt32BE()).toBe(answer.length - 4);
  const { host, port } = fromBinary(ServerCompatResponseSchema, answer.subarray(4));
  return `http://${host}:${port}`;
}

const jsonOptions = { registry: types };

test("the conformance service starts and echoes over gRPC and Connect", async () => {
  const baseUrl = await startServer();
  const transports = [
    createGrpcTransport({ baseUrl }),
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, jsonOptions }),
  ];
  for (const transport of transports) {
    const client = createClient(ConformanceService, transport);
    const seen = new Map<string, string | null>();
    const { payload } = await client.unary(
      {
        responseDefinition: {
          responseHeaders: [{ name: "x-head", value: ["a"] }],
          responseTrailers: [{ name: "x-tail", value: ["b"] }],
          response: { case: "responseData", value: Buffer.from("data") },
        },
      },
      {
        headers: { "x-sent": "c" },
        timeoutMs: 10_000,
        onHeader: (headers) => seen.set("head", headers.get("x-head")),
        onTrailer: (trailers) => seen.set("tail", trailers.get("x-tail")),
      },
    );
    expect(Buffer.from(payload?.data ?? []).toString()).toBe("data");
    const info = payload?.requestInfo;
    const sent = info?.requestHeaders.find(({ name }) => name === "x-sent");
    expect(sent?.value).toEqual(["c"]);
    expect(Number(info?.timeoutMs)).toBeGreaterThan(0);
    const [request] = info?.requests ?? [];
    expect(request && anyUnpack(request, UnaryRequestSchema)).toBeDefined();
    expect(Object.fromEntries(seen)).toEqual({ head: "a", tail: "b" });
  }
});

test("the conformance service fails as it is told to, and says what it saw", async () => {
  const client = createClient(
    ConformanceService,
    createGrpcTransport({ baseUrl: await startServer() }),
  );
  const error = { code: Code.ABORTED, message: "told to" };
  const call = client.unary({ responseDefinition: { response: { case: "error", value: error } } });
  const thrown: unknown = await call.catch((cause: unknown) => cause);
  if (!(thrown instanceof ConnectError)) throw thrown;
  expect([thrown.code, thrown.rawMessage]).toEqual([Code.ABORTED, "told to"]);
  expect(thrown.findDetails(ConformancePayload_RequestInfoSchema)).toHaveLength(1);
});

test("the conformance service streams in both directions", async () => {
  const client = createClient(
    ConformanceService,
    createGrpcTransport({ baseUrl: await startServer() }),
  );
  const responseData = [Buffer.from("one"), Buffer.from("two")];
  async function* requests() {
    yield { responseDefinition: { responseData }, fullDuplex: true };
    yield {};
  }
  const answers: string[] = [];
  for await (const { payload } of client.bidiStream(requests())) {
    answers.push(Buffer.from(payload?.data ?? []).toString());
  }
  expect(answers).toEqual(["one", "two"]);
});
