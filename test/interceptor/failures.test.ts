/** Who is told what when targets, targetd or messages are at fault. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ShopService } from "../../examples/shop/gen/shop/v1/shop_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { unusedPort } from "../support/closed-port.ts";
import { hang, openExecutions, targetdError } from "./support/execution-service.ts";
import { openShop, type Protocol } from "./support/shop.ts";

const order = { item: "apple", quantity: 2 };

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => Promise.reject(new Error("the call succeeded")),
    (thrown: unknown) => ConnectError.from(thrown),
  );
}

const targetErrors: readonly (readonly [string, Code])[] = [
  ["TARGET_FORWARDED_ERROR", Code.PermissionDenied],
  ["TARGET_FORWARDED_ERROR", Code.Unauthenticated],
  ["TARGET_FORWARDED_ERROR", Code.InvalidArgument],
  ["TARGET_FORWARDED_ERROR", Code.ResourceExhausted],
  ["TARGET_CALL_FAILED", Code.FailedPrecondition],
  ["NO_ENCRYPTION_KEY", Code.FailedPrecondition],
  ["EXECUTIONS_TOO_DEEP", Code.FailedPrecondition],
];

describe.each(["allow", "deny"] as const)("onUnavailable %s", (onUnavailable) => {
  test.each(targetErrors)("%s with code %i reaches the caller", async (reason, code) => {
    const { address, asked } = await openExecutions({
      request: () => Promise.reject(targetdError(code, "not to you (EXEC-1)", reason)),
    });
    const { client, orders, events } = await openShop(address, onUnavailable);
    const error = await failureOf(client.placeOrder(order));
    expect([error.code, error.rawMessage]).toEqual([code, "not to you (EXEC-1)"]);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason, domain: "targetd", metadata: { target_id: "t1" } },
    ]);
    expect([orders, events, asked.length]).toEqual([[], [], 1]);
  });

  test("an error of a target around the response reaches the caller", async () => {
    const { address } = await openExecutions({
      response: () => Promise.reject(targetdError(Code.NotFound, "gone", "TARGET_FORWARDED_ERROR")),
    });
    const { client, orders } = await openShop(address, onUnavailable);
    const error = await failureOf(client.placeOrder(order));
    expect([error.code, error.rawMessage, orders.length]).toEqual([Code.NotFound, "gone", 1]);
  });
});

test.each(["grpc", "grpcWeb", "connect"] as const)(
  "over %s errors of targets keep their details, and no header of targetd comes along",
  async (protocol: Protocol) => {
    const { address } = await openExecutions({
      request: () => Promise.reject(targetdError(Code.Aborted, "no", "TARGET_FORWARDED_ERROR")),
    });
    const { connect } = await openShop(address, "deny");
    const error = await failureOf(createClient(ShopService, connect(protocol)).placeOrder(order));
    expect([error.code, error.rawMessage]).toEqual([Code.Aborted, "no"]);
    expect(error.findDetails(ErrorInfoSchema)).toHaveLength(1);
    const { metadata } = error;
    const headers = ["retry-after", "set-cookie", "x-inner"].map((name) => metadata.get(name));
    expect(headers).toEqual(["1", null, null]);
  },
);

/** Failures of targetd itself: name, what Execute does, options. */
const outages: readonly (readonly [string, () => ConnectError])[] = [
  ["UNAVAILABLE", () => targetdError(Code.Unavailable, "inner", "UNAVAILABLE")],
  ["UNAUTHENTICATED", () => targetdError(Code.Unauthenticated, "inner", "UNAUTHENTICATED")],
  ["PERMISSION_DENIED", () => targetdError(Code.PermissionDenied, "inner", "PERMISSION_DENIED")],
  ["the feature off", () => targetdError(Code.FailedPrecondition, "inner", "FEATURE_OFF")],
  ["UNIMPLEMENTED", () => targetdError(Code.Unimplemented, "inner")],
  ["INTERNAL", () => targetdError(Code.Internal, "inner", "INTERNAL")],
  ["OVERLOADED", () => targetdError(Code.ResourceExhausted, "inner", "OVERLOADED")],
  ["UNKNOWN", () => targetdError(Code.Unknown, "inner")],
  ["CANCELLED", () => targetdError(Code.Canceled, "inner")],
  ["DEADLINE_EXCEEDED", () => targetdError(Code.DeadlineExceeded, "inner", "DEADLINE_EXCEEDED")],
];

/** Every way in which targetd cannot be asked, as its address. */
const unreachable: readonly (readonly [string, () => Promise<string>])[] = [
  ...outages.map(
    ([name, error]) => [name, () => addressOf({ request: () => Promise.reject(error()) })] as const,
  ),
  ["nothing at the address", async () => `http://127.0.0.1:${await unusedPort()}`],
  ["an answer that takes too long", () => addressOf({ request: (_, { signal }) => hang(signal) })],
  ["a connection that is cut", cutAddress],
];

async function addressOf(executions: Parameters<typeof openExecutions>[0]): Promise<string> {
  return (await openExecutions(executions)).address;
}

async function cutAddress(): Promise<string> {
  const { address, connections } = await openExecutions({
    request(_, { signal }) {
      for (const session of connections) session.destroy();
      return hang(signal);
    },
  });
  return address;
}

test.each(unreachable)("allow goes on despite %s, and logs it", async (_, open) => {
  const address = await open();
  const { client, orders, events } = await openShop(address, "allow", { timeoutMs: 300 });
  expect(await client.placeOrder(order)).toMatchObject({ summary: "2 apple" });
  expect(orders).toHaveLength(1);
  expect(events[0]).toMatchObject({
    kind: "unavailable",
    occasion: "request",
    method: "/shop.v1.ShopService/PlaceOrder",
    error: expect.any(ConnectError),
  });
  expect(JSON.stringify(events)).not.toContain("secret-token");
});

test.each(unreachable)("deny answers UNAVAILABLE for %s without internals", async (_, open) => {
  const address = await open();
  const { client, orders, events } = await openShop(address, "deny", { timeoutMs: 300 });
  const error = await failureOf(client.placeOrder(order));
  expect([error.code, error.details]).toEqual([Code.Unavailable, []]);
  expect(error.rawMessage).not.toMatch(/inner|targetd|127\.0\.0\.1|ECONN/);
  expect([error.metadata.get("x-inner"), error.metadata.get("retry-after")]).toEqual([null, null]);
  expect(orders).toEqual([]);
  expect(events).toMatchObject([{ kind: "unavailable", occasion: "request" }]);
});

test.each([
  ["allow", "ok"],
  ["deny", Code.Unavailable],
] as const)("around the response, %s decides too", async (onUnavailable, answered) => {
  const { address } = await openExecutions({
    response: () => Promise.reject(targetdError(Code.Unavailable, "inner")),
  });
  const { client, orders, events } = await openShop(address, onUnavailable);
  const outcome = await client.placeOrder(order).then(
    () => "ok",
    ({ code }: ConnectError) => code,
  );
  expect([outcome, orders.length]).toEqual([answered, 1]);
  expect(events).toMatchObject([{ kind: "unavailable", occasion: "response" }]);
});

test("a token that cannot be had counts as targetd being unavailable", async () => {
  const { address, asked } = await openExecutions();
  const token = () => Promise.reject(new Error("no token"));
  const { client } = await openShop(address, "deny", { token });
  await expect(client.placeOrder(order)).rejects.toMatchObject({ code: Code.Unavailable });
  expect(asked).toEqual([]);
});

describe.each(["allow", "deny"] as const)("with %s no message is a way past targets", (choice) => {
  test.each([
    ["what the catalogue does not know", Code.InvalidArgument],
    ["what is too large for targetd", Code.ResourceExhausted],
  ])("%s", async (_, code) => {
    const { address } = await openExecutions({
      request: () => Promise.reject(targetdError(code, "inner")),
    });
    const { client, orders, events } = await openShop(address, choice);
    const error = await failureOf(client.placeOrder(order));
    expect([error.code, error.details, orders]).toEqual([Code.InvalidArgument, [], []]);
    expect(events).toMatchObject([{ kind: "message", occasion: "request" }]);
  });

  test("what is larger than a call of Execute", async () => {
    const { address, asked } = await openExecutions();
    const { client, orders } = await openShop(address, choice);
    const error = await failureOf(client.placeOrder({ item: "a".repeat(4 * 1024 * 1024) }));
    expect([error.code, orders, asked]).toEqual([Code.InvalidArgument, [], []]);
  });

  test("what has no form in proto JSON", async () => {
    const { address, asked } = await openExecutions();
    const { client, orders } = await openShop(address, choice);
    const error = await failureOf(client.placeOrder({ notBefore: { seconds: 1n << 60n } }));
    expect([error.code, orders, asked]).toEqual([Code.InvalidArgument, [], []]);
  });
});

test("a response that targetd refuses is an internal error", async () => {
  const { address } = await openExecutions({
    response: () => Promise.reject(targetdError(Code.ResourceExhausted, "inner")),
  });
  const { client } = await openShop(address, "allow");
  const error = await failureOf(client.placeOrder(order));
  expect([error.code, error.details]).toEqual([Code.Internal, []]);
});
