/** One server for a test file, with the helpers that its tests share. */
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect } from "vitest";
import { startTestApp, type TestApp, type TestAppOptions } from "../../support/app.ts";
import type { BytesReply } from "../../support/doors/grpc-js.ts";
import { success } from "../../support/doors/outcome.ts";
import { type RestCall, type RestOutcome, sendRest } from "../../support/doors/rest.ts";
import {
  type CallOptions,
  type Door,
  type Doors,
  type doorNames,
  headersOf,
  type Outcome,
  openDoors,
  sendConnect,
} from "../../support/doors.ts";
import { type TickingClock, tickingClock } from "../../support/ticking-clock.ts";
import { anyTarget, shortly } from "./play.ts";

/** The doors that tests of input go through: a binary one and a JSON one. */
export const twoDoors = ["gRPC by grpc-js", "REST"] as const;

export interface TestServer {
  readonly app: TestApp;
  readonly clock: TickingClock;
  door(name: (typeof doorNames)[number]): Door;
  /** Makes a call as the owner through REST, or another door. */
  call(method: string, request: JsonObject, through?: (typeof doorNames)[number]): Promise<Outcome>;
  /** Sends any HTTP request, as the owner unless told otherwise. */
  rest(call: RestCall, options?: CallOptions): Promise<RestOutcome>;
  /** Sends a message as bytes over gRPC. */
  bytesReply(method: string, message: Uint8Array, options: CallOptions): Promise<BytesReply>;
  /** Sends a message as bytes over gRPC and over binary Connect, as the owner. */
  bytes(method: string, message: Uint8Array<ArrayBuffer>): Promise<readonly Outcome[]>;
  /** Creates a target of a fresh name and gives its id. */
  create(changes?: JsonObject): Promise<string>;
  get(id: string): Promise<JsonObject>;
  /**
   * Makes a call that must leave the target as it is and the server running.
   *
   * @returns what it came to, in short
   */
  unchanged(id: string, call: () => Promise<Outcome>): Promise<string>;
}

/** Starts a server before the tests of the file and stops it after them. */
export function useServer(
  env: Readonly<Record<string, string>> = {},
  options: Pick<TestAppOptions, "dev" | "deliveryLimits"> = {},
): TestServer {
  const clock = tickingClock();
  let opened: { readonly app: TestApp; readonly doors: Doors } | undefined;
  beforeAll(async () => {
    const app = await startTestApp({ env, ...options, clock: clock.now });
    opened = { app, doors: openDoors(app.url) };
  });
  afterAll(async () => {
    opened?.doors.close();
    await opened?.app.stop();
  });
  const running = () => {
    if (opened === undefined) throw new Error("the server runs only during tests");
    return opened;
  };
  return basicCalls(clock, running);
}

function basicCalls(
  clock: TickingClock,
  running: () => { readonly app: TestApp; readonly doors: Doors },
): TestServer {
  const server: TestServer = {
    clock,
    get app() {
      return running().app;
    },
    door(name) {
      const door = running().doors.all.find((each) => each.name === name);
      if (door === undefined) throw new Error(`there is no door ${name}`);
      return door;
    },
    call(method, request, through = "REST") {
      return server.door(through).call(method, request, { token: server.app.tokens.owner });
    },
    rest(call, options = { token: server.app.tokens.owner }) {
      return sendRest(server.app.url, call, headersOf(options));
    },
    bytesReply(method, message, options) {
      return running().doors.bytes(pathOf(method), message, options);
    },
    async bytes(method, body) {
      const { app } = running();
      const options = { token: app.tokens.owner };
      const headers = { ...headersOf(options), "content-type": "application/proto" };
      const [grpc, connect] = await Promise.all([
        server.bytesReply(method, body, options),
        sendConnect(app.url, pathOf(method), { method: "POST", headers, body }),
      ]);
      return [grpc.ok ? success({}, grpc.header) : grpc.outcome, connect];
    },
    async create(changes) {
      const name = `target ${crypto.randomUUID()}`;
      const outcome = await server.call("CreateTarget", { name, ...anyTarget, ...changes });
      expect(shortly(outcome)).toBe("OK");
      return String(outcome.message.id);
    },
    async get(id) {
      const outcome = await server.call("GetTarget", { id });
      expect(shortly(outcome)).toBe("OK");
      return outcome.message.target as JsonObject;
    },
    async unchanged(id, call) {
      const before = await server.get(id);
      const outcome = await call();
      expect(await server.get(id)).toEqual(before);
      return shortly(outcome);
    },
  };
  return server;
}

function pathOf(method: string): string {
  return `/zitadel.action.v2.ActionService/${method}`;
}

/** A REST update with a body of any text or bytes. */
export function restUpdate(id: string, body: NonNullable<RestCall["body"]>): RestCall {
  return { verb: "POST", path: `/v2/actions/targets/${id}`, body };
}
