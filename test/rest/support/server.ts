/** A REST door on real sockets, with the real pipeline and handlers of the test. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import type { Identity } from "../../../src/auth/identity.ts";
import { defaultInstance } from "../../../src/domain/units.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { methodTable, type UnaryHandler } from "../../../src/rpc/method-table.ts";
import { createPipeline } from "../../../src/rpc/pipeline.ts";
import { createValidate } from "../../../src/rpc/validate.ts";
import { BodyBudget } from "../../../src/server/body-budget.ts";
import type { RequestHandler } from "../../../src/server/request.ts";
import { createRestDoor } from "../../../src/server/rest/door.ts";
import { quietGate } from "../../support/call-gate.ts";

/** The bound on bodies in these tests, in bytes. */
export const maxBodyBytes = 4096;

const owner: Identity = {
  instance: defaultInstance,
  subject: "token:test",
  roles: ["IAM_OWNER"],
  permissions: [],
};

export interface TestDoor {
  readonly door: RequestHandler;
  /** What was reported as a bug. */
  readonly bugs: unknown[];
}

/** A door to the ActionService: "Bearer owner" may do everything, "Bearer nobody" nothing. */
export function testDoor(handlers: readonly UnaryHandler[], featureOn = true): TestDoor {
  const bugs: unknown[] = [];
  const pipeline = createPipeline({
    authenticate: async (header) => {
      const token = header("authorization");
      if (token === "Bearer owner") return owner;
      if (token === "Bearer nobody") return { ...owner, roles: [] };
      throw new ApiError("unauthenticated", { headers: { "www-authenticate": "Bearer" } });
    },
    featureOn: async () => featureOn,
    noteFailed() {},
    noteDenied() {},
    validate: createValidate(),
    around: (call) => call.handle(),
  });
  const methods = methodTable([ActionService], handlers);
  const bodies = new BodyBudget();
  const reportBug = (_: string, cause: unknown) => void bugs.push(cause);
  return {
    door: createRestDoor({ pipeline, methods, maxBodyBytes, bodies, gate: quietGate(), reportBug })
      .handle,
    bugs,
  };
}

/** Serves until the test ends; fails it when a connection stays open. */
export async function listen(door: RequestHandler, http2 = false): Promise<URL> {
  const server: Server | Http2Server = http2 ? createHttp2Server(door) : createServer(door);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    if ("closeIdleConnections" in server) server.closeIdleConnections();
    await closed;
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
