/**
 * A Connect service with the conditions of targetd around its methods; docs/interceptor.md tells how
 * to try it.
 *
 *   node examples/connect-service/service.ts <url of targetd> <token> [<port>]
 */
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { targetdInterceptor } from "targetd/interceptor";
import { routes } from "./routes.ts";

const [address = "http://127.0.0.1:8080", token = "", port = "9000"] = process.argv.slice(2);

const targetd = targetdInterceptor({ address, token, onUnavailable: "deny" });
const server = createServer(connectNodeAdapter({ routes, interceptors: [targetd] }));
server.listen(Number(port), "127.0.0.1", () => {
  const { port: bound } = server.address() as AddressInfo;
  process.stdout.write(`the shop listens on http://127.0.0.1:${bound}\n`);
});

process.once("SIGTERM", () => {
  server.close();
  targetd.close();
});
