/** A connection that does calls over HTTP/1.1, one after the other, and reads of answers what it must. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Order } from "./order.ts";
import type { Work } from "./work.ts";

const lastChunk = Buffer.from("0\r\n\r\n");

export async function callOverHttp1(order: Order, work: Work): Promise<void> {
  const socket = connect(order.port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  await run(socket, order, work);
  socket.destroy();
}

function run(socket: Socket, order: Order, work: Work): Promise<void> {
  const { port, method = "POST", headers } = order;
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const fixed = lines.join("");
  return new Promise((resolve, reject) => {
    let started = 0;
    let left: Buffer = Buffer.alloc(0);
    const call = () => {
      const next = work.next();
      if (next === undefined) return resolve();
      started = performance.now();
      const { path, body } = next;
      const length = method === "GET" ? "" : `content-length: ${body.length}\r\n`;
      const head = `${method} ${path} HTTP/1.1\r\n${fixed}${length}\r\n`;
      socket.write(method === "GET" ? head : head + body.toString("latin1"), "latin1");
    };
    socket.on("data", (bytes: Buffer) => {
      left = left.length === 0 ? bytes : Buffer.concat([left, bytes]);
      const status = wholeAnswer(left);
      if (status === undefined) return;
      if (status === 200) work.succeeded(started);
      else work.failed(left.toString());
      left = Buffer.alloc(0);
      call();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server closed the connection")));
    call();
  });
}

/** @returns its status; undefined when there is more to come */
function wholeAnswer(bytes: Buffer): number | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const complete =
    length === undefined
      ? bytes.subarray(-lastChunk.length).equals(lastChunk)
      : bytes.length === end + 4 + Number(length);
  return complete ? Number(head.slice(9, 12)) : undefined;
}
