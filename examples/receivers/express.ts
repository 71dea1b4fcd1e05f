/**
 * A receiver with Express.
 *
 * Usage: node examples/receivers/express.ts <host:port> <signing key>
 */
import express, { type ErrorRequestHandler } from "express";
import { VerificationError, verify } from "targetd/verify";

const [address = "127.0.0.1:8081", signingKey = ""] = process.argv.slice(2);
const { hostname, port } = new URL(`http://${address}`);

const app = express();
// In front of express.json, which would leave nothing of the bytes.
app.use(express.raw({ type: () => true, limit: "5mb" }));

app.post("/", async (request, response) => {
  const call = await verify(request.headers, request.body ?? "", signingKey);
  const { fullMethod } = call.json() as { fullMethod: string };
  process.stdout.write(`genuine: ${fullMethod}\n`);
  response.end();
});

const refuse: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof VerificationError)) return next(error);
  process.stderr.write(`refused: ${error.message}\n`);
  response.status(error.statusCode).end();
};
app.use(refuse);

app.listen(Number(port), hostname, () => process.stdout.write(`receiving on ${address}\n`));
