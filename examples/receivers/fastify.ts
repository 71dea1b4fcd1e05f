/**
 * A receiver with Fastify.
 *
 * Usage: node examples/receivers/fastify.ts <host:port> <signing key>
 */
import Fastify from "fastify";
import { VerificationError, verify } from "targetd/verify";

const [address = "127.0.0.1:8081", signingKey = ""] = process.argv.slice(2);
const { hostname, port } = new URL(`http://${address}`);

const app = Fastify({ bodyLimit: 5 * 1024 * 1024 });
// Instead of the parser of Fastify, which would leave nothing of the bytes.
app.removeAllContentTypeParsers();
app.addContentTypeParser(
  "*",
  { parseAs: "buffer" },
  async (_request: unknown, body: Buffer) => body,
);

app.post<{ Body: Buffer | undefined }>("/", async (request) => {
  const call = await verify(request.headers, request.body ?? "", signingKey);
  const { fullMethod } = call.json() as { fullMethod: string };
  process.stdout.write(`genuine: ${fullMethod}\n`);
  return "";
});

app.setErrorHandler((error, _request, reply) => {
  if (!(error instanceof VerificationError)) throw error;
  process.stderr.write(`refused: ${error.message}\n`);
  return reply.code(error.statusCode).send();
});

await app.listen({ port: Number(port), host: hostname });
process.stdout.write(`receiving on ${address}\n`);
