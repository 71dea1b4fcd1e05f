/** A real gRPC server over HTTP/2 that remembers requests and answers as told. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Http2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Message } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AuditService } from "../../../gen/targetd/v1/audit_service_pb.ts";
import { BackupService } from "../../../gen/targetd/v1/backup_service_pb.ts";
import { CatalogService } from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { DeliveryService } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { EventService } from "../../../gen/targetd/v1/event_service_pb.ts";
import { ExecutionService } from "../../../gen/targetd/v1/execution_service_pb.ts";
import { InstanceService } from "../../../gen/targetd/v1/instance_service_pb.ts";
import { TargetService } from "../../../gen/targetd/v1/target_service_pb.ts";
import { TokenService } from "../../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { run } from "../../../src/cli/run.ts";

export const token = "token-of-the-recording-server";

const services = [
  ActionService,
  TokenService,
  InstanceService,
  AuditService,
  TargetService,
  CatalogService,
  ExecutionService,
  EventService,
  DeliveryService,
  BackupService,
];

/** By method name, which no two of the services share. */
export type Answers = Partial<
  ServiceImpl<typeof ActionService> &
    ServiceImpl<typeof TokenService> &
    ServiceImpl<typeof InstanceService> &
    ServiceImpl<typeof AuditService> &
    ServiceImpl<typeof TargetService> &
    ServiceImpl<typeof CatalogService> &
    ServiceImpl<typeof ExecutionService> &
    ServiceImpl<typeof EventService> &
    ServiceImpl<typeof DeliveryService> &
    ServiceImpl<typeof BackupService>
>;

export interface Call {
  readonly method: string;
  readonly request: Message;
  readonly authorization: string | null;
}

export interface RecordingServer {
  readonly url: string;
  readonly calls: Call[];
  /** What the methods answer from now on; forgets earlier calls and answers. */
  answer(answers: Answers): void;
  /** Runs a command line against this server. */
  run(...args: string[]): Promise<Outcome>;
  /** The same with something on standard input. */
  runWith(input: string | Uint8Array, ...args: string[]): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: string | Uint8Array = "",
): Promise<Outcome> {
  let out = "";
  let err = "";
  const code = await run(args, {
    env,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    input: () => Readable.from([Buffer.from(input)]),
    terminal: false,
  });
  return { code, out, err };
}

/** A new directory with one file in it. */
export function temporaryFile(name: string, content: string): { path: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "targetd-cli-"));
  const path = join(directory, name);
  writeFileSync(path, content);
  return { path, remove: () => rmSync(directory, { recursive: true }) };
}

export async function startRecordingServer(): Promise<RecordingServer> {
  const calls: Call[] = [];
  let answers: Record<string, (request: Message, context: HandlerContext) => unknown> = {};
  const record = (method: string) => (request: Message, context: HandlerContext) => {
    calls.push({ method, request, authorization: context.requestHeader.get("authorization") });
    return answers[method]?.(request, context) ?? {};
  };
  const handler = connectNodeAdapter({
    routes(router) {
      for (const service of services) {
        const methods = service.methods.map(({ localName }) => [localName, record(localName)]);
        router.service(service, Object.fromEntries(methods));
      }
    },
  });
  const sessions = new Set<Http2Session>();
  const server = createServer(handler);
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { TARGETD_ADDRESS: url, TARGETD_TOKEN: token };
  return {
    url,
    calls,
    answer(next) {
      calls.length = 0;
      answers = next as typeof answers;
    },
    run: (...args) => runCli(args, env),
    runWith: (input, ...args) => runCli(args, env, input),
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}
