/**
 * Places an order.
 *
 *   node examples/shop/call.ts <url of the shop> <item> <quantity>
 */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ShopService } from "./gen/shop/v1/shop_pb.ts";

const [baseUrl = "http://127.0.0.1:9000", item = "apple", quantity = "1"] = process.argv.slice(2);

const shop = createClient(ShopService, createGrpcTransport({ baseUrl }));
try {
  const order = { item, quantity: Number(quantity), cardNumber: "4111 1111 1111 1111" };
  const { orderId, summary } = await shop.placeOrder(order);
  process.stdout.write(`order ${orderId}: ${summary}\n`);
} catch (thrown) {
  const { code, rawMessage } = ConnectError.from(thrown);
  process.stdout.write(`${Code[code]}: ${rawMessage}\n`);
}
process.exit(0);
