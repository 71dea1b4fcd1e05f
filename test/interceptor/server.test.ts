/** The interceptor with the real server behind it, and receivers behind that. */
import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, file_google_protobuf_timestamp } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { openTargetd } from "targetd/interceptor";
import { expect, onTestFinished, test } from "vitest";
import {
  file_shop_v1_shop,
  PlaceOrderRequestSchema,
  PlaceOrderResponseSchema,
  ShopService,
} from "../../examples/shop/gen/shop/v1/shop_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { CatalogService } from "../../gen/targetd/v1/catalog_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { openCaller } from "../support/grpc-caller.ts";
import { answering, answerOf, type Behaviour, openReceiver } from "../support/receiver.ts";
import { openShop } from "./support/shop.ts";

const order = { item: "apple", quantity: 2, cardNumber: "4111" };

async function openApp(env: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const app = await startTestApp({ env: { TARGETD_EGRESS_ALLOW: "127.0.0.1", ...env } });
  onTestFinished(() => app.stop());
  return app;
}

interface Binding {
  readonly interruptOnError?: boolean;
  /** Imports the API of the shop and names its method; else all requests meet the condition. */
  readonly imported?: boolean;
}

/** Binds a receiver to the requests of the shop. */
async function bind(
  { url, tokens }: TestApp,
  endpoint: string,
  { interruptOnError = true, imported = true }: Binding = {},
): Promise<void> {
  const call = openCaller({ url, token: tokens.owner });
  if (imported) {
    const file = [file_google_protobuf_timestamp, file_shop_v1_shop].map(({ proto }) => proto);
    const set = create(FileDescriptorSetSchema, { file });
    const descriptorSet = toBinary(FileDescriptorSetSchema, set);
    const source = { source: "shop", descriptorSet };
    await call(CatalogService.method.importDescriptorSet, source);
  }
  const { message: target } = await call(ActionService.method.createTarget, {
    name: "rules",
    targetType: { case: "restCall", value: { interruptOnError } },
    timeout: { seconds: 10n },
    endpoint,
  });
  const value = "/shop.v1.ShopService/PlaceOrder";
  const condition = imported
    ? ({ case: "method", value } as const)
    : ({ case: "all", value: true } as const);
  await call(ActionService.method.setExecution, {
    condition: { conditionType: { case: "request", value: { condition } } },
    targets: [target.id],
  });
}

/** A shop that asks a server, whose request condition leads to a receiver. */
async function shopBefore(behaviour: Behaviour, binding?: Binding) {
  const app = await openApp();
  const receiver = await openReceiver(behaviour);
  await bind(app, receiver.url, binding);
  return { ...(await openShop(app.url, "allow", { token: app.tokens.owner })), receiver };
}

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(await call.catch((thrown: unknown) => thrown));
}

const reasonsOf = (error: ConnectError) =>
  error.findDetails(ErrorInfoSchema).map(({ reason, metadata }) => [reason, metadata.stage]);

test("without any condition calls go through", async () => {
  const { url, tokens } = await openApp();
  const { client, events } = await openShop(url, "deny", { token: tokens.owner });
  expect(await client.placeOrder(order)).toMatchObject({ summary: "2 apple" });
  expect(events).toEqual([]);
});

test.each([
  ["an unknown token", {}, () => "wrong"],
  ["a token without the permission", {}, ({ tokens }: TestApp) => tokens.nobody],
  ["the feature off", { TARGETD_FEATURE_ACTIONS: "false" }, ({ tokens }: TestApp) => tokens.owner],
])("%s counts as targetd being unavailable", async (_, env, tokenOf) => {
  const app = await openApp(env);
  const token = tokenOf(app);
  const allowing = await openShop(app.url, "allow", { token });
  expect(await allowing.client.placeOrder(order)).toMatchObject({ summary: "2 apple" });
  const denying = await openShop(app.url, "deny", { token });
  const error = await failureOf(denying.client.placeOrder(order));
  expect([error.code, error.details, denying.orders]).toEqual([Code.Unavailable, [], []]);
});

test.each([
  ["a status of 500", answerOf("", { status: 500 }), "status"],
  ["an answer that is no request", answerOf('{"colour": "green"}'), "answer"],
])("%s of a target that interrupts reaches the caller", async (_, answer, stage) => {
  const { client, orders, events } = await shopBefore(answering(answer));
  const error = await failureOf(client.placeOrder(order));
  expect(error.code).toBe(Code.FailedPrecondition);
  expect(reasonsOf(error)).toEqual([["TARGET_CALL_FAILED", stage]]);
  expect([orders, events]).toEqual([[], []]);
});

test("with descriptors, a wrong answer of a target that does not interrupt changes nothing", async () => {
  const behaviour = answering(answerOf('{"colour": "green"}'));
  const { client } = await shopBefore(behaviour, { interruptOnError: false });
  expect(await client.placeOrder(order)).toMatchObject({ summary: "2 apple" });
});

test("without descriptors, a wrong answer is refused by the interceptor", async () => {
  const behaviour = answering(answerOf('{"colour": "green"}'));
  const { client } = await shopBefore(behaviour, { interruptOnError: false, imported: false });
  expect(reasonsOf(await failureOf(client.placeOrder(order)))).toEqual([
    ["TARGET_CALL_FAILED", "answer"],
  ]);
});

test.each([true, false])(
  "a target replaces what it sees, descriptors imported: %s",
  async (imported) => {
    const behaviour = answering(answerOf('{"item": "pear", "quantity": 1}'));
    const { client, orders } = await shopBefore(behaviour, { imported });
    expect(await client.placeOrder(order)).toMatchObject({ summary: "1 pear" });
    expect(orders).toMatchObject([{ item: "pear", cardNumber: "4111" }]);
  },
);

test("an error that a target forwards reaches the caller with code and text", async () => {
  const body = '{"forwardedStatusCode": 429, "forwardedErrorMessage": "later"}';
  const { client } = await shopBefore(answering(answerOf(body)));
  const error = await failureOf(client.placeOrder(order));
  expect(error.code).toBe(Code.ResourceExhausted);
  expect(error.rawMessage).toMatch(/^later \(EXEC-reUaUZCzCp\)$/);
  expect(reasonsOf(error)).toEqual([["TARGET_FORWARDED_ERROR", "forwarded"]]);
});

test("the fifth level of nesting is refused", async () => {
  const { client } = await shopBefore(answering(answerOf("")));
  const depth = (value: string) => ({ headers: { "targetd-depth": value } });
  expect(await client.placeOrder(order, depth("3"))).toMatchObject({ summary: "2 apple" });
  const error = await failureOf(client.placeOrder(order, depth("4")));
  expect(error.code).toBe(Code.FailedPrecondition);
  expect(reasonsOf(error)).toEqual([["EXECUTIONS_TOO_DEEP", undefined]]);
});

test("when the deadline of the caller passes, the call to the target ends too", async () => {
  const closed = Promise.withResolvers<void>();
  const { client, orders } = await shopBefore((socket) => {
    socket.resume().once("close", () => closed.resolve());
  });
  const error = await failureOf(client.placeOrder(order, { timeoutMs: 500 }));
  expect([error.code, orders]).toEqual([Code.DeadlineExceeded, []]);
  await closed.promise;
});

test("a message that is too large for the server is refused, whatever the transport", async () => {
  const { url, tokens } = await openApp();
  const sessionManager = new Http2SessionManager(url);
  onTestFinished(() => sessionManager.abort());
  const transport = createGrpcTransport({ baseUrl: url, sessionManager });
  const log = () => undefined;
  const token = tokens.owner;
  const targetd = openTargetd({ transport, token, onUnavailable: "allow", log });
  const item = "a".repeat(5 * 1024 * 1024);
  const call = {
    method: ShopService.method.placeOrder,
    request: create(PlaceOrderRequestSchema, { item }),
    header: () => undefined,
    signal: new AbortController().signal,
  };
  const handle = async () => create(PlaceOrderResponseSchema);
  const error = await failureOf(targetd.around(call, handle));
  expect(error.code).toBe(Code.InvalidArgument);
});
