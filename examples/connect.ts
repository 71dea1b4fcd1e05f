/**
 * Creates, reads and deletes a target with Connect-ES.
 *
 *   node examples/connect.ts <url> <token>
 */
import { createConnectTransport } from "@connectrpc/connect-node";
import { accessToken, createTargetdClient } from "targetd/client";

const [baseUrl = "http://127.0.0.1:8080", token = ""] = process.argv.slice(2);

const interceptors = [accessToken(token)];
const transport = createConnectTransport({ baseUrl, httpVersion: "2", interceptors });
const { actions } = createTargetdClient(transport);

const { id } = await actions.createTarget({
  name: `example ${Date.now()}`,
  targetType: { case: "restCall", value: { interruptOnError: false } },
  timeout: { seconds: 10n },
  endpoint: "https://example.com/hook",
});
const { target } = await actions.getTarget({ id });
process.stdout.write(`${target?.id} calls ${target?.endpoint}\n`);
await actions.deleteTarget({ id });
process.exit(0);
