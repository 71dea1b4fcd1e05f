/** The shop itself; it knows nothing of targetd. */
import type { ConnectRouter } from "@connectrpc/connect";
import { ShopService } from "../shop/gen/shop/v1/shop_pb.ts";

let orders = 0;

export function routes(router: ConnectRouter): void {
  router.service(ShopService, {
    placeOrder({ item, quantity, cardNumber }) {
      const payment = cardNumber === "" ? "on account" : "by card";
      return { orderId: `${++orders}`, summary: `${quantity} ${item}, paid ${payment}` };
    },
  });
}
