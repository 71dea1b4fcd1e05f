/** The wrapper of examples/grpc-js-service around methods of @grpc/grpc-js. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { openTargetd } from "targetd/interceptor";
import { expect, onTestFinished, test } from "vitest";
import { definitionOf, withTargetd } from "../../examples/grpc-js-service/around.ts";
import { type PlaceOrderRequest, ShopService } from "../../examples/shop/gen/shop/v1/shop_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import {
  type Executions,
  hang,
  openExecutions,
  replacedBy,
  targetdError,
} from "./support/execution-service.ts";

const order = { item: "apple", quantity: 2, cardNumber: "4111" };
const { placeOrder } = ShopService.method;

/** Serves the shop until the test ends. */
async function openShop(
  executions: Executions,
  handle = async ({ item, quantity }: PlaceOrderRequest) => ({ summary: `${quantity} ${item}` }),
) {
  const { address, asked } = await openExecutions(executions);
  const log = () => undefined;
  const targetd = openTargetd({ address, token: "t", onUnavailable: "deny", log });
  const orders: PlaceOrderRequest[] = [];
  const server = new Server();
  server.addService(
    { placeOrder: definitionOf(placeOrder) },
    {
      placeOrder: withTargetd(
        targetd,
        placeOrder,
        (request) => {
          orders.push(request);
          return handle(request);
        },
        ({ metadata }) => ({ userId: String(metadata.get("x-user")[0]) }),
      ),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  onTestFinished(() => {
    sessionManager.abort();
    targetd.close();
    server.forceShutdown();
  });
  const client = createClient(ShopService, createGrpcTransport({ baseUrl, sessionManager }));
  return { client, orders, asked, host: new URL(baseUrl).host };
}

test("targets see and replace both messages, and are told of the caller", async () => {
  const { client, orders, asked, host } = await openShop({
    request: () => replacedBy({ item: "pear", quantity: 1 }),
    response: () => replacedBy({ summary: "wrapped" }),
  });
  const headers = { "x-user": "ann", cookie: "c=1", "targetd-depth": "1" };
  expect(await client.placeOrder(order, { headers })).toMatchObject({ summary: "wrapped" });
  expect(orders).toMatchObject([{ item: "pear", quantity: 1, cardNumber: "4111" }]);
  expect(asked).toMatchObject([
    {
      occasion: "request",
      fullMethod: "/shop.v1.ShopService/PlaceOrder",
      request: { item: "apple", quantity: 2 },
      caller: { ids: ["ann", "", ""], headers: { Host: [host] } },
    },
    { occasion: "response", request: { item: "pear", quantity: 1 } },
  ]);
  const passed = asked.map(({ header }) => [header.get("targetd-depth"), header.get("cookie")]);
  expect(passed).toEqual([
    ["1", null],
    ["1", null],
  ]);
});

test("the error of a target reaches the caller with its details", async () => {
  const { client, orders } = await openShop({
    request: () => Promise.reject(targetdError(Code.NotFound, "no", "TARGET_FORWARDED_ERROR")),
  });
  const error = ConnectError.from(await client.placeOrder(order).catch((thrown) => thrown));
  expect([error.code, error.rawMessage, orders]).toEqual([Code.NotFound, "no", []]);
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "TARGET_FORWARDED_ERROR" }]);
});

test.each([
  ["a ConnectError", new ConnectError("sold out", Code.Aborted), Code.Aborted, "sold out"],
  ["another error", new Error("at line 7"), Code.Internal, "internal error"],
])("%s of the handler reaches the caller as such", async (_, thrown, code, text) => {
  const { client } = await openShop({}, () => Promise.reject(thrown));
  await expect(client.placeOrder(order)).rejects.toMatchObject({ code, rawMessage: text });
});

test("the deadline of the caller bounds Execute", async () => {
  const limits: (number | undefined)[] = [];
  const ended = Promise.withResolvers<void>();
  const { client, orders } = await openShop({
    request(_, { signal, timeoutMs }) {
      limits.push(timeoutMs());
      signal.addEventListener("abort", () => ended.resolve());
      return hang(signal);
    },
  });
  const call = client.placeOrder(order, { timeoutMs: 200 });
  await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  await ended.promise;
  expect(limits[0]).toBeLessThanOrEqual(200);
  expect(orders).toEqual([]);
});

test("when the caller gives up, Execute ends and the handler does not run", async () => {
  const asking = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { client, orders } = await openShop({
    request(_, { signal }) {
      asking.resolve();
      signal.addEventListener("abort", () => ended.resolve());
      return hang(signal);
    },
  });
  const controller = new AbortController();
  const call = client.placeOrder(order, { signal: controller.signal });
  await asking.promise;
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: Code.Canceled });
  await ended.promise;
  expect(orders).toEqual([]);
});
