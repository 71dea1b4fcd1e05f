/** Clients that go on sending after they were answered, and read the answer only then. */
import { expect, test } from "vitest";
import { openRaw } from "../support/port.ts";
import { useServer } from "./support/server.ts";

const mebibyte = 1024 * 1024;
const server = useServer();

test.each([
  ["REST", "/v2/actions/targets", 413],
  ["Connect JSON", "/zitadel.action.v2.ActionService/CreateTarget", 429],
])(
  "%s over HTTP/1.1 answers a body without end and closes the connection",
  async (_, path, status) => {
    const { socket, received } = await openRaw(Number(new URL(server.app.url).port));
    socket.on("error", () => undefined);
    const head = [
      `POST ${path} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${server.app.tokens.owner}`,
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    const chunk = Buffer.concat([
      Buffer.from("100000\r\n"),
      Buffer.alloc(mebibyte, " "),
      Buffer.from("\r\n"),
    ]);
    for (let sent = 0; sent < 16; sent++) socket.write(chunk);
    expect(await received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*TARGETD-BODY-TOO-LARGE`));
    // Otherwise the time for the whole request would have ended it.
    expect(server.app.logged.filter((line) => line.includes("slow-request"))).toEqual([]);
  },
);

test("a stream over HTTP/1.1 whose message is too large leaves its connection usable", async () => {
  const { socket, received } = await openRaw(Number(new URL(server.app.url).port));
  const length = 8 * mebibyte;
  const head = [
    "POST /grpc.health.v1.Health/Watch HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/grpc-web+proto",
    `Content-Length: ${length / 16}`,
  ];
  const body = Buffer.alloc(length / 16);
  body.writeUInt32BE(length, 1);
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(body);
  const next = ["GET /healthz HTTP/1.1", "Host: localhost", "Connection: close"];
  socket.write(`${next.join("\r\n")}\r\n\r\n`);
  const text = await received;
  expect(text).toMatch(/grpc-status: 8/);
  expect(text).toMatch(/"status":"alive"/);
});
