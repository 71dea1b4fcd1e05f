/** What targets see and replace around a method of the user's service. */
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { openExecutions, replacedBy } from "./support/execution-service.ts";
import { openShop } from "./support/shop.ts";

const method = "/shop.v1.ShopService/PlaceOrder";
const order = { item: "apple", quantity: 2, cardNumber: "4111" };
const shownOrder = { item: "apple", quantity: 2 };

test("targetd is asked before and after the handler, without what is redacted", async () => {
  const { address, asked } = await openExecutions();
  const { client, orders } = await openShop(address, "deny");
  const response = await client.placeOrder(order);
  expect(response).toMatchObject({ orderId: "1", summary: "2 apple" });
  expect(orders).toMatchObject([order]);
  expect(asked).toMatchObject([
    { occasion: "request", fullMethod: method, request: shownOrder },
    {
      occasion: "response",
      fullMethod: method,
      request: shownOrder,
      response: { orderId: "1", summary: "2 apple" },
    },
  ]);
});

test("a replaced request is what the handler gets, with what targets could not see", async () => {
  const { address, asked } = await openExecutions({
    request: () => replacedBy({ item: "pear", quantity: 1 }),
  });
  const { client, orders } = await openShop(address, "deny");
  expect(await client.placeOrder(order)).toMatchObject({ summary: "1 pear" });
  expect(orders).toMatchObject([{ item: "pear", quantity: 1, cardNumber: "4111" }]);
  expect(asked[1]?.request).toEqual({ item: "pear", quantity: 1 });
});

test("a replaced response is what the caller gets", async () => {
  const { address } = await openExecutions({
    response: () => replacedBy({ orderId: "2", summary: "other" }),
  });
  const { client, orders } = await openShop(address, "deny");
  expect(await client.placeOrder(order)).toMatchObject({ orderId: "2", summary: "other" });
  expect(orders).toHaveLength(1);
});

test("an absent or empty message in place of another is the empty one", async () => {
  const { address } = await openExecutions({
    request: () => ({ replaced: true }),
    response: () => replacedBy({}),
  });
  const { client, orders } = await openShop(address, "deny");
  expect(await client.placeOrder(order)).toMatchObject({ orderId: "", summary: "" });
  expect(orders).toMatchObject([{ item: "", quantity: 0, cardNumber: "4111" }]);
});

test.each([
  ["an unknown field", { item: "pear", colour: "green" }],
  ["another type", { quantity: "many" }],
  ["no object", ["pear"]],
])("a request with %s in place of the original is an error of the target", async (_, message) => {
  const { address } = await openExecutions({ request: () => replacedBy(message, "request/x") });
  const { client, orders, events } = await openShop(address, "allow");
  const error = await client.placeOrder(order).catch(ConnectError.from);
  expect(error).toMatchObject({ code: Code.FailedPrecondition });
  expect((error as ConnectError).findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: "TARGET_CALL_FAILED", metadata: { condition: "request/x", stage: "answer" } },
  ]);
  expect(orders).toEqual([]);
  expect(events).toMatchObject([{ kind: "message", occasion: "request", method }]);
});

test("a response with an unknown field in place of the original is an error of the target", async () => {
  const { address } = await openExecutions({ response: () => replacedBy({ colour: "green" }) });
  const { client, events } = await openShop(address, "allow");
  await expect(client.placeOrder(order)).rejects.toMatchObject({ code: Code.FailedPrecondition });
  expect(events).toMatchObject([{ kind: "message", occasion: "response" }]);
});

test("a redacted field in the answer of a target is what the target says", async () => {
  const { address } = await openExecutions({ request: () => replacedBy({ cardNumber: "1" }) });
  const { client, orders } = await openShop(address, "deny");
  await client.placeOrder(order);
  expect(orders).toMatchObject([{ cardNumber: "1" }]);
});

test("a failing handler has no response for targets, and its error is left alone", async () => {
  const { address, asked } = await openExecutions();
  const placeOrder = () => {
    throw new ConnectError("sold out", Code.ResourceExhausted);
  };
  const { client } = await openShop(address, "deny", {}, { placeOrder });
  const expected = { code: Code.ResourceExhausted, rawMessage: "sold out" };
  await expect(client.placeOrder(order)).rejects.toMatchObject(expected);
  expect(asked).toMatchObject([{ occasion: "request" }]);
});

test("headers and trailers of the handler reach the caller beside a replaced response", async () => {
  const { address } = await openExecutions({ response: () => replacedBy({ orderId: "2" }) });
  const { client } = await openShop(
    address,
    "deny",
    {},
    {
      placeOrder(_, { responseHeader, responseTrailer }) {
        responseHeader.set("x-header", "h");
        responseTrailer.set("x-trailer", "t");
        return {};
      },
    },
  );
  const got: (string | null)[] = [];
  const response = await client.placeOrder(order, {
    onHeader: (headers) => void got.push(headers.get("x-header")),
    onTrailer: (trailers) => void got.push(trailers.get("x-trailer")),
  });
  expect([response.orderId, ...got]).toEqual(["2", "h", "t"]);
});
