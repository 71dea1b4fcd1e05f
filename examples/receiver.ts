/**
 * A receiver on node:http that verifies each call and prints a line about it. The same with Express, Fastify
 * and Hono is in examples/receivers.
 *
 * Usage: node examples/receiver.ts <host:port> <signing key>
 */
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { VerificationError, verify } from "targetd/verify";

const [address = "127.0.0.1:8081", signingKey = ""] = process.argv.slice(2);
const { hostname, port } = new URL(`http://${address}`);

const server = createServer(async (request, response) => {
  try {
    const call = await verify(request.headers, await buffer(request), signingKey);
    // Of a method, of an event, or of "targetd target test".
    const told = call.json() as { fullMethod?: string; event_type?: string; test?: string };
    process.stdout.write(`genuine: ${told.fullMethod ?? told.event_type ?? told.test}\n`);
    response.end();
  } catch (error) {
    // 401 counts as a failure of the target, whatever the body says.
    const { statusCode, message } =
      error instanceof VerificationError ? error : { statusCode: 500, message: String(error) };
    process.stderr.write(`refused: ${message}\n`);
    response.writeHead(statusCode).end();
  }
});
server.listen(Number(port), hostname, () => process.stdout.write(`receiving on ${address}\n`));
