/** The whole server with a certificate, and who history says has written. */
import { writeFileSync } from "node:fs";
import type { ClientHttp2Session } from "node:http2";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { buildApp } from "../../src/app.ts";
import { forwardClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config.ts";
import { defaultInstance } from "../../src/domain/units.ts";
import { CertificateError } from "../../src/server/tls/certificate.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { freePorts, insertTokens, startTestApp } from "../support/app.ts";
import { newAuthority } from "../support/certificate.ts";
import { openSession } from "../support/port.ts";
import { grpcJsMethod, openGrpcJs } from "../support/rpc.ts";
import { dropStore, openTestStore, storeEnv } from "../support/stores.ts";
import { temporaryFolder } from "../support/tool.ts";
import { tokenIdOf } from "./support/iam.ts";

const authority = newAuthority();
const clients = newAuthority("clients");
const body = { name: "t", restAsync: {}, timeout: "1s", endpoint: "https://example.com/hook" };

/** Files of a certificate, and the settings that name them. */
function tlsSettings(): Record<string, string> {
  const folder = temporaryFolder();
  const file = (name: string, contents: string) => {
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  };
  const { cert, key } = authority.issue("server");
  return {
    TARGETD_TLS_CERT: file("tls.crt", cert),
    TARGETD_TLS_KEY: file("tls.key", key),
    TARGETD_TLS_CLIENT_CA: file("clients.crt", clients.cert),
  };
}

async function createOverRest(session: ClientHttp2Session, token: string): Promise<string> {
  const stream = session.request({
    ":method": "POST",
    ":path": "/v2/actions/targets",
    authorization: `Bearer ${token}`,
  });
  stream.end(JSON.stringify(body));
  return JSON.parse(await text(stream)).id;
}

/** Who the history of a target names, once no server uses the data directory. */
async function authorsOf(dataDir: string, id: string) {
  const store = await openTestStore(dataDir, forwardClock());
  const query = { resourceType: "target", resourceId: id, limit: 100 } as const;
  const { items } = await store.listChanges(defaultInstance, query);
  await store.close();
  return items.map(({ author, certificate }) => ({ author, certificate }));
}

test("history names the token and the client certificate, over REST and gRPC", async () => {
  const dataDir = temporaryFolder();
  const { owner } = await insertTokens(dataDir, forwardClock()());
  onTestFinished(() => dropStore(dataDir));
  const own = { ...freePorts, ...(await storeEnv(dataDir)), TARGETD_DATA_DIR: dataDir };
  const config = loadConfig({ env: { ...own, ...tlsSettings() }, flags: {}, dev: false });
  const app = await buildApp(config, createLog({ level: "silent", pretty: false, colour: false }));
  expect(app.url).toMatch(/^https:/);
  const tls = { ca: authority.cert, ...clients.issue("deploy") };
  const id = await createOverRest(openSession(app.url, tls), owner);
  const transport = createGrpcTransport({ baseUrl: app.url, nodeOptions: tls });
  const headers = { authorization: `Bearer ${owner}` };
  await createClient(ActionService, transport).deleteTarget({ id }, { headers });
  await app.stop();
  const named = {
    author: `token:${tokenIdOf(owner)}`,
    certificate: "CN=deploy,O=targetd tests",
  };
  expect(await authorsOf(dataDir, id)).toEqual([named, named]);
});

test("a certificate that cannot be used stops the start", async () => {
  const { TARGETD_TLS_CERT = "", ...rest } = tlsSettings();
  const env = { ...rest, TARGETD_TLS_CERT: `${TARGETD_TLS_CERT}.none` };
  await expect(startTestApp({ env })).rejects.toBeInstanceOf(CertificateError);
});

test("with a drain delay the port serves on while readiness is off", async () => {
  const app = await startTestApp({ env: { TARGETD_DRAIN_DELAY: "1s" } });
  const client = openGrpcJs(Number(new URL(app.url).port));
  const { check } = Health.method;
  const health = () =>
    new Promise((resolve, reject) => {
      const request = create(check.input, {});
      client.makeUnaryRequest(...grpcJsMethod(check), request, (error, answer) =>
        error === null ? resolve(answer?.status) : reject(error),
      );
    });
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  const stopped = app.stop();
  expect((await fetch(`${app.url}/readyz`, { headers: { connection: "close" } })).status).toBe(503);
  expect(await health()).toBe(Status.NOT_SERVING);
  await stopped;
  await expect(fetch(`${app.url}/readyz`)).rejects.toThrow();
});
