/**
 * A receiver that keeps the rules of the shop: nobody gets an anvil, nobody gets more than five of
 * anything, and every order is gift wrapped.
 *
 *   node examples/shop/receiver.ts <signing key> [<port>]
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { verify } from "targetd/verify";

const [signingKey = "", port = "9100"] = process.argv.slice(2);

interface Payload {
  readonly fullMethod: string;
  readonly request?: { readonly item?: string; readonly quantity?: number };
  readonly response?: { readonly summary?: string };
}

/** What to answer; undefined leaves everything as it is. */
function decide({ request = {}, response }: Payload): object | undefined {
  if (response !== undefined) return { ...response, summary: `${response.summary}, gift wrapped` };
  if (request.item === "anvil") {
    return { forwardedStatusCode: 403, forwardedErrorMessage: "we do not ship anvils" };
  }
  return (request.quantity ?? 0) > 5 ? { ...request, quantity: 5 } : undefined;
}

const server = createServer(async (request, response) => {
  const body = await buffer(request);
  const call = await verify(request.headers, body, signingKey).catch(() => undefined);
  if (call === undefined) {
    response.writeHead(401).end();
    return;
  }
  const payload = call.json() as Payload;
  const answer = decide(payload);
  const occasion = payload.response === undefined ? "request" : "response";
  const message = JSON.stringify(payload.response ?? payload.request);
  process.stdout.write(`${occasion} of ${payload.fullMethod}: ${message}\n`);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(answer && JSON.stringify(answer));
});
server.listen(Number(port), "127.0.0.1", () => {
  const { port: bound } = server.address() as AddressInfo;
  process.stdout.write(`the receiver listens on http://127.0.0.1:${bound}/hook\n`);
});
