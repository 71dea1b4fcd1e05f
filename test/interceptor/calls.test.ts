/** What of a call is passed on to targetd, which methods are left alone, and the connection. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Code, ConnectError, createClient, createContextKey } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { openTargetd, targetdInterceptor } from "targetd/interceptor";
import { expect, test } from "vitest";
import { ShopService } from "../../examples/shop/gen/shop/v1/shop_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { root } from "../support/process.ts";
import { hang, openExecutions, targetdError } from "./support/execution-service.ts";
import { openShop } from "./support/shop.ts";

const order = { item: "apple", quantity: 2 };
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const credentials = { authorization: "Bearer caller", cookie: "session=1", "x-api-key": "k" };
const forwarded = { "x-forwarded-for": "203.0.113.7", "x-forwarded-host": "shop.example.com" };

test("targets are told the headers that are no credentials", async () => {
  const { address, asked } = await openExecutions();
  const { client, url } = await openShop(address, "deny");
  const headers = { ...credentials, ...forwarded, origin: "https://page.example.com" };
  await client.placeOrder(order, { headers });
  const told = {
    "Content-Type": ["application/grpc+proto"],
    Host: [new URL(url).host],
    Origin: ["https://page.example.com"],
  };
  expect(asked.map(({ caller }) => caller.headers)).toEqual([told, told]);
});

test("behind a proxy, targets are told whom it forwards for", async () => {
  const { address, asked } = await openExecutions();
  const { client } = await openShop(address, "deny", { behindProxy: true });
  await client.placeOrder(order, { headers: forwarded });
  expect(asked[0]?.caller.headers).toMatchObject({
    "X-Forwarded-For": ["203.0.113.7"],
    "X-Forwarded-Host": ["shop.example.com"],
  });
});

test("over HTTP/1.1 the host is that of the header", async () => {
  const { address, asked } = await openExecutions();
  const { url } = await openShop(address, "deny");
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "1.1" });
  await createClient(ShopService, transport).placeOrder(order);
  expect(asked[0]?.caller.headers.Host).toEqual([new URL(url).host]);
});

test("Execute is called with the token, the depth and the trace, and with no other header", async () => {
  const { address, asked } = await openExecutions();
  const { client } = await openShop(address, "deny");
  const headers = { ...credentials, ...forwarded, "targetd-depth": "2", traceparent };
  await client.placeOrder(order, { headers });
  expect(asked).toHaveLength(2);
  for (const { header } of asked) {
    expect(header.get("authorization")).toBe("Bearer secret-token");
    expect(header.get("targetd-depth")).toBe("2");
    expect(header.get("traceparent")).toBe(traceparent);
    for (const name of ["cookie", "x-api-key", "x-forwarded-for"]) {
      expect(header.get(name)).toBeNull();
    }
  }
});

test.each([
  ["targetd-depth", "-1"],
  ["targetd-depth", "1e3"],
  ["targetd-depth", "99999999999"],
  ["traceparent", "00-0-0-00"],
])("a malformed %s: %s is not passed on", async (name, value) => {
  const { address, asked } = await openExecutions();
  const { client } = await openShop(address, "deny");
  await client.placeOrder(order, { headers: { [name]: value } });
  expect(asked.map(({ header }) => header.get(name))).toEqual([null, null]);
});

test("caller tells who calls, from headers and context values", async () => {
  const userKey = createContextKey("nobody");
  const { address, asked } = await openExecutions();
  const { client } = await openShop(
    address,
    "deny",
    {
      caller: async ({ contextValues, header }) => ({
        userId: contextValues.get(userKey),
        orgId: header.get("x-org") ?? undefined,
      }),
    },
    {
      before: [
        (next) => (request) => {
          request.contextValues.set(userKey, "ann");
          return next(request);
        },
      ],
    },
  );
  await client.placeOrder(order, { headers: { "x-org": "acme" } });
  const ids = ["ann", "acme", ""];
  expect(asked.map(({ caller }) => caller.ids)).toEqual([ids, ids]);
});

test("what caller throws reaches the caller, and nothing runs", async () => {
  const { address, asked } = await openExecutions();
  const caller = () => {
    throw new ConnectError("who are you?", Code.Unauthenticated);
  };
  const { client, orders } = await openShop(address, "allow", { caller });
  const expected = { code: Code.Unauthenticated, rawMessage: "who are you?" };
  await expect(client.placeOrder(order)).rejects.toMatchObject(expected);
  expect([asked, orders]).toEqual([[], []]);
});

test("a function gives the token of each call of Execute", async () => {
  const { address, asked } = await openExecutions();
  let count = 0;
  const { client } = await openShop(address, "deny", { token: async () => `t${++count}` });
  await client.placeOrder(order);
  const tokens = asked.map(({ header }) => header.get("authorization"));
  expect(tokens).toEqual(["Bearer t1", "Bearer t2"]);
});

test.each([
  ["grpc", "allow"],
  ["connect", "deny"],
] as const)("the deadline of a caller over %s bounds Execute", async (protocol, onUnavailable) => {
  const limits: (number | undefined)[] = [];
  const ended = Promise.withResolvers<void>();
  const { address } = await openExecutions({
    request(_, { signal, timeoutMs }) {
      limits.push(timeoutMs());
      signal.addEventListener("abort", () => ended.resolve());
      return hang(signal);
    },
  });
  const { connect, orders, events } = await openShop(address, onUnavailable);
  const call = createClient(ShopService, connect(protocol)).placeOrder(order, { timeoutMs: 200 });
  await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  await ended.promise;
  expect(limits[0]).toBeLessThanOrEqual(200);
  expect([orders, events]).toEqual([[], []]);
});

test("when the caller gives up, Execute ends and the handler does not run", async () => {
  const asking = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { address } = await openExecutions({
    request(_, { signal }) {
      asking.resolve();
      signal.addEventListener("abort", () => ended.resolve());
      return hang(signal);
    },
  });
  const { client, orders, events } = await openShop(address, "allow");
  const controller = new AbortController();
  const call = client.placeOrder(order, { signal: controller.signal });
  await asking.promise;
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: Code.Canceled });
  await ended.promise;
  expect([orders, events]).toEqual([[], []]);
});

test("streaming methods pass through, with one warning for each", async () => {
  const { address, asked } = await openExecutions();
  const { client, events } = await openShop(address, "deny");
  for (const _ of [1, 2]) {
    const seen: string[] = [];
    for await (const { summary } of client.watchOrders({})) seen.push(summary);
    expect(seen).toEqual(["first", "second"]);
  }
  expect(events).toMatchObject([{ kind: "streaming", method: "/shop.v1.ShopService/WatchOrders" }]);
  expect(asked).toEqual([]);
});

test("health checks, and what skip names, run without targetd", async () => {
  const { address, asked } = await openExecutions({
    request: () => Promise.reject(targetdError(Code.Unavailable, "inner")),
  });
  const skip = ({ name }: { readonly name: string }) => name === "PlaceOrder";
  const { connect, client, events } = await openShop(
    address,
    "deny",
    { skip },
    { routes: (router) => void router.service(Health, { check: () => ({ status: 1 }) }) },
  );
  const health = createClient(Health, connect("grpc"));
  expect(await health.check({})).toMatchObject({ status: 1 });
  expect(await client.placeOrder(order)).toMatchObject({ summary: "2 apple" });
  expect([asked, events]).toEqual([[], []]);
});

test("one connection serves all calls, and close ends it", async () => {
  const { address, connections } = await openExecutions();
  const { client, interceptor } = await openShop(address, "deny");
  await Promise.all(Array.from({ length: 20 }, () => client.placeOrder(order)));
  expect(connections).toHaveLength(1);
  const closed = new Promise((resolve) => connections[0]?.once("close", resolve));
  interceptor.close();
  await closed;
});

test("a targetd that comes back is asked again", async () => {
  const first = await openExecutions();
  const { client } = await openShop(first.address, "deny");
  await client.placeOrder(order);
  await first.close();
  await expect(client.placeOrder(order)).rejects.toMatchObject({ code: Code.Unavailable });
  const second = await openExecutions({}, first.port);
  await client.placeOrder(order);
  expect(second.asked).toHaveLength(2);
});

test("a transport of the user's own is used, and left open by close", async () => {
  const { address, asked, connections } = await openExecutions();
  const transport = createConnectTransport({ baseUrl: address, httpVersion: "2" });
  const targetd = openTargetd({ transport, token: "t", onUnavailable: "deny" });
  const { method } = ShopService;
  const { input, output } = method.placeOrder;
  const request = { $typeName: input.typeName, item: "a", quantity: 1, cardNumber: "" };
  const response = { $typeName: output.typeName, orderId: "1", summary: "" };
  const call = {
    ...{ method: method.placeOrder, request, header: () => undefined },
    signal: new AbortController().signal,
  };
  expect(await targetd.around(call, async () => response)).toBe(response);
  targetd.close();
  expect(await targetd.around(call, async () => response)).toBe(response);
  expect([asked.length, connections.length]).toEqual([4, 1]);
  connections[0]?.destroy();
});

const good = { address: "http://127.0.0.1:1", token: "t", onUnavailable: "deny" };

test.each([
  ["no onUnavailable", { onUnavailable: undefined }],
  ["another onUnavailable", { onUnavailable: "ignore" }],
  ["no address", { address: undefined }],
  ["address and transport", { transport: {} }],
  ["an address without scheme", { address: "127.0.0.1:1" }],
  ["credentials in the address", { address: "http://a:b@127.0.0.1:1" }],
  ["no token", { token: undefined }],
  ["an empty token", { token: "" }],
  ["a token that is no header", { token: "a\nb" }],
  ["a time of zero", { timeoutMs: 0 }],
  ["a time that is no number", { timeoutMs: Number.NaN }],
])("%s is refused when the interceptor is made", (_, change) => {
  const options = { ...good, ...change } as Parameters<typeof targetdInterceptor>[0];
  expect(() => targetdInterceptor(options)).toThrow(TypeError);
});

test("onUnavailable must be given for the types to fit", () => {
  // @ts-expect-error it has no default
  expect(() => targetdInterceptor({ address: good.address, token: "t" })).toThrow(TypeError);
});

test("the interceptor loads neither the server nor the store", () => {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(join(root, file), "utf8");
    for (const [, from = ""] of text.matchAll(/^(?:import|export|\}) .*?from "(.+)";$/gm)) {
      if (from.startsWith(".")) visit(join(dirname(file), from));
      else packages.add(from.split("/").slice(0, 2).join("/"));
    }
  };
  visit("src/interceptor/interceptor.ts");
  expect([...files].filter((file) => /^src\/(?:server|store|auth|cli|app)/.test(file))).toEqual([]);
  expect([...packages].sort()).toEqual([
    "@bufbuild/protobuf",
    "@bufbuild/protovalidate",
    "@connectrpc/connect",
    "@connectrpc/connect-node",
    "node:buffer",
    "node:perf_hooks",
  ]);
});
