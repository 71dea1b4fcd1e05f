/**
 * A service of @grpc/grpc-js with the conditions of targetd around a method; docs/interceptor.md
 * tells how to try it.
 *
 *   node examples/grpc-js-service/service.ts <url of targetd> <token> [<port>]
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { openTargetd } from "targetd/interceptor";
import { ShopService } from "../shop/gen/shop/v1/shop_pb.ts";
import { definitionOf, withTargetd } from "./around.ts";

const [address = "http://127.0.0.1:8080", token = "", port = "9000"] = process.argv.slice(2);

const targetd = openTargetd({ address, token, onUnavailable: "deny" });
const { placeOrder } = ShopService.method;

let orders = 0;
const server = new Server();
server.addService(
  { placeOrder: definitionOf(placeOrder) },
  {
    placeOrder: withTargetd(targetd, placeOrder, async ({ item, quantity, cardNumber }) => {
      const payment = cardNumber === "" ? "on account" : "by card";
      return { orderId: `${++orders}`, summary: `${quantity} ${item}, paid ${payment}` };
    }),
  },
);
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
  if (error !== null) throw error;
  process.stdout.write(`the shop listens on http://127.0.0.1:${bound}\n`);
});

process.once("SIGTERM", () => {
  server.forceShutdown();
  targetd.close();
});
