/** How the server stops: what is under way is finished, what is open is ended, nothing new begins. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { promisify } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import {
  CreateTargetRequestSchema,
  CreateTargetResponseSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { openCaller } from "../support/grpc-caller.ts";
import { newDataDir, type ServerProcess, startProcess, startServe } from "../support/process.ts";
import { grpcJsMethod, openGrpcJs } from "../support/rpc.ts";
import { temporaryFolder } from "../support/tool.ts";
import { createLedgers } from "../support/update-ledger.ts";
import { workUntilStopped } from "../support/work-until-stopped.ts";

const target = {
  name: "under way",
  restAsync: {},
  timeout: "1s",
  endpoint: "https://example.com/hook",
};

/** Resolves when the port takes no connection any more. */
async function portClosed(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (;;) {
    const socket = connect(Number(port), hostname);
    const refused = await once(socket, "connect").then(
      () => false,
      () => true,
    );
    socket.destroy();
    if (refused) return;
  }
}

/** A REST call whose body the server has begun to read and waits for. */
async function openRestCall({ url, token }: ServerProcess, length: number): Promise<ClientRequest> {
  const request = httpRequest(`${url}/v2/actions/targets`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-length": length,
      expect: "100-continue",
    },
  });
  onTestFinished(() => void request.destroy());
  request.on("error", () => undefined);
  request.flushHeaders();
  await once(request, "continue");
  return request;
}

test("after SIGTERM a REST call under way is answered, then the process ends with 0", async () => {
  const server = await startProcess();
  const body = JSON.stringify(target);
  const request = await openRestCall(server, body.length);
  request.write(body.slice(0, 10));

  server.kill("SIGTERM");
  await server.printed(/"msg":"stopping"/);
  await portClosed(server.url);
  request.end(body.slice(10));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  expect(response.headers.connection).toBe("close");
  expect(await json(response)).toHaveProperty("signingKey");
  expect((await server.exited).code).toBe(0);
});

test("after SIGTERM a gRPC call under way is answered, then the process ends with 0", async () => {
  const server = await startProcess();
  const session = connectHttp2(server.url);
  onTestFinished(() => session.destroy());
  await once(session, "connect");
  const stream = session.request({
    ":method": "POST",
    ":path": "/zitadel.action.v2.ActionService/CreateTarget",
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${server.token}`,
  });
  const message = toBinary(
    CreateTargetRequestSchema,
    create(CreateTargetRequestSchema, {
      ...target,
      targetType: { case: "restAsync", value: {} },
      timeout: { seconds: 1n },
    }),
  );
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.write(head);
  // The server answers pings in order, so it has the call by then.
  await promisify(session.ping.bind(session))();

  server.kill("SIGTERM");
  await once(session, "goaway");
  stream.end(message);
  const [[trailers], chunks] = await Promise.all([once(stream, "trailers"), stream.toArray()]);
  expect(trailers["grpc-status"]).toBe("0");
  const answer = fromBinary(CreateTargetResponseSchema, Buffer.concat(chunks).subarray(5));
  expect(answer.signingKey).toMatch(/^whsec_/);
  expect((await server.exited).code).toBe(0);
});

test("SIGTERM under load leaves no update that was done and not acknowledged", async () => {
  const dataDir = newDataDir();
  const server = await startProcess({ dataDir });
  const ledgers = await createLedgers(openCaller(server), 16);
  const connections = Array.from({ length: 4 }, () => openCaller(server));
  const jobs = connections.flatMap((working) =>
    ledgers.map((ledger) => () => ledger.send(working)),
  );
  const stop = { signal: "SIGTERM", acknowledged: 300, thenMs: 5 } as const;
  expect((await workUntilStopped(server, jobs, stop)).code).toBe(0);

  const call = openCaller(await startProcess({ dataDir }));
  const untold = await Promise.all(ledgers.map((ledger) => ledger.check(call)));
  expect(untold).toEqual(ledgers.map(() => 0));
});

test("SIGTERM ends an open Health.Watch with UNAVAILABLE", async () => {
  const server = await startProcess();
  const client = openGrpcJs(Number(new URL(server.url).port));
  const watch = client.makeServerStreamRequest(
    ...grpcJsMethod(Health.method.watch),
    create(Health.method.watch.input, { service: "" }),
  );
  const failed = once(watch, "error");
  const [first] = await once(watch, "data");
  expect(first.status).toBe(Status.SERVING);

  server.kill("SIGTERM");
  const [error] = await failed;
  expect(error).toMatchObject({ code: Code.Unavailable });
  expect((await server.exited).code).toBe(0);
});

test("idle connections do not hold the process", async () => {
  const server = await startProcess();
  const session = connectHttp2(server.url);
  onTestFinished(() => session.destroy());
  await once(session, "remoteSettings");
  await (await fetch(`${server.url}/healthz`)).arrayBuffer();
  const silent = connect(Number(new URL(server.url).port), "127.0.0.1");
  onTestFinished(() => void silent.destroy());
  silent.on("error", () => undefined);
  await once(silent, "connect");

  server.kill("SIGINT");
  expect((await server.exited).code).toBe(0);
});

test.each(["0s", "0.2s"])(
  "with a shutdown timeout of %s a call that hangs does not hold the process",
  async (timeout) => {
    const server = await startProcess({ env: { TARGETD_SHUTDOWN_TIMEOUT: timeout } });
    await openRestCall(server, 10);
    server.kill("SIGTERM");
    expect((await server.exited).code).toBe(0);
  },
);

test("SIGTERM before the port is open ends the start, with 0 and the store closed", async () => {
  const certificate = join(temporaryFolder(), "tls.crt");
  // Its reading takes until somebody writes.
  execFileSync("mkfifo", [certificate]);
  const dataDir = newDataDir();
  const env = { TARGETD_TLS_CERT: certificate, TARGETD_TLS_KEY: "package.json" };
  const server = startServe({ dataDir, env });
  const begun = () => existsSync(join(dataDir, "admin.pat"));
  await expect.poll(begun, { timeout: 20_000 }).toBe(true);

  server.kill("SIGTERM");
  await server.printed(/"msg":"stopped"/);
  // One alone may have the store open.
  const next = await startProcess({ dataDir });
  expect((await fetch(`${next.url}/readyz`)).status).toBe(200);
  await writeFile(certificate, "no certificate");
  const { code, out, err } = await server.exited;
  expect([code, err]).toEqual([0, ""]);
  expect(out).not.toContain("listening");
});

test("a second signal ends the process at once", async () => {
  const server = await startProcess();
  await openRestCall(server, 10);
  server.kill("SIGTERM");
  await server.printed(/"msg":"stopping"/);
  server.kill("SIGTERM");
  expect((await server.exited).code).toBe(1);
});
