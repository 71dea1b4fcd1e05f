/**
 * A receiver that verifies each call and prints a line about it.
 *
 * Usage: node examples/receiver.ts <host:port> <signing key>
 */
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { verifyZitadelSignature } from "./verify.ts";

const [address = "127.0.0.1:8081", signingKey = ""] = process.argv.slice(2);
const { hostname, port } = new URL(`http://${address}`);

createServer(async (request, response) => {
  const body = await buffer(request);
  const signature = String(request.headers["zitadel-signature"]);
  const genuine = verifyZitadelSignature(body, signature, signingKey);
  if (genuine) process.stdout.write(`genuine: ${JSON.parse(body.toString()).fullMethod}\n`);
  // 401 counts as a failure of the target, whatever the body says.
  response.writeHead(genuine ? 200 : 401).end();
}).listen(Number(port), hostname);
