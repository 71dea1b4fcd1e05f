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
