/**
 * Creates, reads and deletes a target with Connect-ES.
 *
 *   node examples/connect.ts <url> <token>
 */
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ActionService } from "../gen/zitadel/action/v2/action_service_pb.ts";

const [baseUrl = "http://127.0.0.1:8080", token = ""] = process.argv.slice(2);

const authorize: Interceptor = (next) => (request) => {
  request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};
const transport = createConnectTransport({ baseUrl, httpVersion: "2", interceptors: [authorize] });
const client = createClient(ActionService, transport);

const { id } = await client.createTarget({
  name: `example ${Date.now()}`,
  targetType: { case: "restCall", value: { interruptOnError: false } },
  timeout: { seconds: 10n },
  endpoint: "https://example.com/hook",
});
const { target } = await client.getTarget({ id });
process.stdout.write(`${target?.id} calls ${target?.endpoint}\n`);
await client.deleteTarget({ id });
process.exit(0);
