/** The shop of examples/shop as a Connect server with the interceptor. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Client,
  type ConnectRouter,
  createClient,
  type HandlerContext,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import {
  type InterceptorOptions,
  type TargetdEvent,
  type TargetdInterceptor,
  targetdInterceptor,
} from "targetd/interceptor";
import { onTestFinished } from "vitest";
import {
  type PlaceOrderRequest,
  type PlaceOrderResponseSchema,
  ShopService,
} from "../../../examples/shop/gen/shop/v1/shop_pb.ts";
import { openPort } from "../../support/port.ts";

export type Protocol = "grpc" | "grpcWeb" | "connect";

export interface Shop {
  readonly client: Client<typeof ShopService>;
  readonly url: string;
  /** Requests that reached the handler. */
  readonly orders: readonly PlaceOrderRequest[];
  readonly events: readonly TargetdEvent[];
  readonly interceptor: TargetdInterceptor;
  connect(protocol: Protocol): Transport;
}

type Answer = MessageInitShape<typeof PlaceOrderResponseSchema>;

export interface ShopOptions {
  readonly placeOrder?: (request: PlaceOrderRequest, context: HandlerContext) => Answer;
  readonly routes?: (router: ConnectRouter) => void;
  /** In front of the interceptor. */
  readonly before?: Interceptor[];
}

type Rest = Omit<InterceptorOptions, "address" | "transport" | "onUnavailable">;

/** Serves the shop until the test ends. */
export async function openShop(
  address: string,
  onUnavailable: "allow" | "deny",
  rest: Partial<Rest> = {},
  { placeOrder = summary, routes, before = [] }: ShopOptions = {},
): Promise<Shop> {
  const orders: PlaceOrderRequest[] = [];
  const events: TargetdEvent[] = [];
  const log = (event: TargetdEvent) => void events.push(event);
  const options = { address, token: "secret-token", onUnavailable, log, ...rest };
  const interceptor = targetdInterceptor(options);
  onTestFinished(() => interceptor.close());
  const adapter = connectNodeAdapter({
    interceptors: [...before, interceptor],
    routes: (router) => {
      routes?.(router);
      router.service(ShopService, {
        placeOrder(request, context) {
          orders.push(request);
          return placeOrder(request, context);
        },
        async *watchOrders() {
          yield { summary: "first" };
          yield { summary: "second" };
        },
      });
    },
  });
  const { port } = await openPort(adapter);
  const url = `http://127.0.0.1:${port}`;
  const connect = (protocol: Protocol) => openTransport(url, protocol);
  const client = createClient(ShopService, connect("grpc"));
  return { client, url, orders, events, interceptor, connect };
}

function summary({ item, quantity }: PlaceOrderRequest): Answer {
  return { orderId: "1", summary: `${quantity} ${item}` };
}

/** Closed when the test ends. */
function openTransport(baseUrl: string, protocol: Protocol): Transport {
  const sessionManager = new Http2SessionManager(baseUrl);
  onTestFinished(() => sessionManager.abort());
  const options = { baseUrl, httpVersion: "2", sessionManager } as const;
  if (protocol === "grpc") return createGrpcTransport(options);
  if (protocol === "grpcWeb") return createGrpcWebTransport(options);
  return createConnectTransport(options);
}
