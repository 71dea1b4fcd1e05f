/**
 * A receiver with Hono, here on Node; other platforms serve the same `app`.
 *
 * Usage: node examples/receivers/hono.ts <host:port> <signing key>
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { VerificationError, verify } from "targetd/verify";

const [address = "127.0.0.1:8081", signingKey = ""] = process.argv.slice(2);
const { hostname, port } = new URL(`http://${address}`);

const app = new Hono();

app.post("/", async ({ req, body }) => {
  const call = await verify(req.raw.headers, await req.arrayBuffer(), signingKey);
  const { fullMethod } = call.json() as { fullMethod: string };
  process.stdout.write(`genuine: ${fullMethod}\n`);
  return body(null);
});

app.onError((error, { body }) => {
  if (!(error instanceof VerificationError)) throw error;
  process.stderr.write(`refused: ${error.message}\n`);
  return body(null, error.statusCode);
});

serve({ fetch: app.fetch, port: Number(port), hostname }, () => {
  process.stdout.write(`receiving on ${address}\n`);
});
