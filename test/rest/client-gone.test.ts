import { connect, constants } from "node:http2";
import { connect as connectTcp } from "node:net";
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { GetTargetResponseSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { unaryHandler } from "../../src/rpc/method-table.ts";
import type { RequestHandler } from "../../src/server/request.ts";
import { listen, testDoor } from "./support/server.ts";

const path = "/v2/actions/targets/1";
const authorization = "Bearer owner";

/** A door whose handler answers only after the client has gone. */
function slowDoor() {
  const entered = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const handler = unaryHandler({
    method: ActionService.method.getTarget,
    prepare: ({ id }) => ({
      violations: [],
      run: async () => {
        if (id !== "1") return create(GetTargetResponseSchema);
        entered.resolve();
        await gone.promise;
        setImmediate(answered.resolve);
        return create(GetTargetResponseSchema);
      },
    }),
  });
  const { door, bugs } = testDoor([handler]);
  const watched: RequestHandler = (request, response) => {
    response.once("close", gone.resolve);
    door(request, response);
  };
  return { door: watched, bugs, entered: entered.promise, answered: answered.promise };
}

it("answers nobody after an HTTP/1.1 client has gone", async () => {
  const { door, bugs, entered, answered } = slowDoor();
  const url = await listen(door);
  const socket = connectTcp(Number(url.port), url.hostname);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
  await entered;
  socket.resetAndDestroy();
  await answered;
  const next = await fetch(new URL("/v2/actions/targets/2", url), { headers: { authorization } });
  expect([next.status, bugs]).toEqual([200, []]);
});

it("answers nobody after an HTTP/2 client has gone", async () => {
  const { door, bugs, entered, answered } = slowDoor();
  const client = connect(await listen(door, true));
  const stream = client.request({ ":path": path, authorization });
  stream.on("error", () => {});
  await entered;
  stream.close(constants.NGHTTP2_CANCEL);
  await answered;
  const next = client.request({ ":path": "/v2/actions/targets/2", authorization });
  const status = await new Promise((resolve) => {
    next.resume().on("response", (headers) => resolve(headers[":status"]));
  });
  client.close();
  expect([status, bugs]).toEqual([200, []]);
});
