/**
 * A connection that does unary gRPC calls, with frames of HTTP/2 (RFC 9113) written and read by hand:
 * what a library does for each call would make the generator slower than what it measures.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Order } from "./order.ts";
import { pace } from "./pace.ts";
import { RequestHeaders } from "./request-headers.ts";
import type { Work } from "./work.ts";

const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 };
const flag = { endStream: 1, ack: 1, endHeaders: 4 };
const headerBytes = 9;
const largestWindow = 2 ** 31 - 1;
const initialWindow = 65_535;

/** No table for headers of answers, so that each trailer shows its bytes; windows that last. */
const settings = Buffer.from([0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff]);

/** The name grpc-status as nghttp2 writes it, in Huffman's code, and as targetd does, plain. */
const statusNames = [Buffer.from("889acac8b21234da8f", "hex"), Buffer.from("\x0bgrpc-status")];
/** With a plain value of one digit. */
const statuses = (value: string) =>
  statusNames.map((name) => Buffer.concat([name, Buffer.from(`\x01${value}`)]));
const statusOk = statuses("0");
/** RESOURCE_EXHAUSTED. */
const statusExhausted = statuses("8");

const hasOne = (trailers: Buffer, fields: readonly Buffer[]) =>
  fields.some((field) => trailers.includes(field));

/** Calls at the same time on each connection that servers take. */
const mostStreams = 256;

export async function callOverHttp2(order: Order, work: Work): Promise<void> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => connectTo(order, work)),
  );
  const runs = connections.map((connection) => connection.run());
  if (order.rate !== undefined) {
    let next = 0;
    const inTurn = () => connections[next++ % connections.length]?.callNow();
    const flush = () => connections.forEach((connection) => void connection.flush());
    await Promise.race([pace(order.rate, order.milliseconds, inTurn, flush), Promise.all(runs)]);
    for (const connection of connections) connection.finish();
  }
  await Promise.all(runs);
}

async function connectTo(order: Order, work: Work): Promise<Connection> {
  const socket = connect(order.port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  return new Connection(socket, order, work);
}

class Connection {
  readonly #socket: Socket;
  readonly #order: Order;
  readonly #work: Work;
  readonly #headers: RequestHeaders;
  /** When the calls under way were started, by stream. */
  readonly #started = new Map<number, number>();
  readonly #out = Buffer.allocUnsafe(1 << 20);
  #filled = 0;
  #stream = 1;
  #left: Buffer = Buffer.alloc(0);
  /** Bytes that may still come before the window of the connection is closed. */
  #window = largestWindow;
  #done: () => void = () => undefined;
  /** When calls were due that wait for others to end, as the server takes no more. */
  readonly #due: number[] = [];
  #finishing = false;

  constructor(socket: Socket, order: Order, work: Work) {
    this.#socket = socket;
    this.#order = order;
    this.#work = work;
    const paths = new Set(order.calls.map(({ path }) => path));
    this.#headers = new RequestHeaders(
      {
        ":authority": `127.0.0.1:${order.port}`,
        "content-type": "application/grpc+proto",
        te: "trailers",
        ...order.headers,
      },
      paths.size === 1 ? order.calls[0]?.path : undefined,
    );
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = () => {
        this.#socket.removeAllListeners("close").destroy();
        resolve();
      };
      this.#socket.on("data", (bytes: Buffer) => {
        try {
          this.#read(bytes);
        } catch (thrown) {
          reject(thrown);
        }
      });
      this.#socket.on("error", reject);
      this.#socket.on("close", () => reject(new Error("the server closed the connection")));
      this.#socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      this.#write(frame.settings, 0, 0, settings);
      this.#writeNumber(frame.windowUpdate, largestWindow - initialWindow);
      if (this.#order.rate === undefined) {
        for (let count = 0; count < this.#order.streams; count++) this.#next();
      }
      this.flush();
    });
  }

  /** Begins a call, or has it wait until the server takes it; its time counts from now on. */
  callNow(): void {
    const due = performance.now();
    if (this.#started.size >= mostStreams) this.#due.push(due);
    else this.#call(due);
  }

  /** No calls are due any more. */
  finish(): void {
    this.#finishing = true;
    if (this.#started.size === 0) this.#done();
  }

  /** Lets the next call follow one that has ended, if one does. */
  #next(): void {
    const isPaced = this.#order.rate !== undefined;
    const due = isPaced ? this.#due.shift() : performance.now();
    if (due !== undefined && this.#call(due)) return;
    if (this.#started.size === 0 && (!isPaced || this.#finishing)) this.#done();
  }

  /** @returns false when the time is over */
  #call(due: number): boolean {
    const call = this.#work.next();
    if (call === undefined) return false;
    this.#started.set(this.#stream, due);
    this.#write(frame.headers, flag.endHeaders, this.#stream, this.#headers.block(call.path));
    this.#write(frame.data, flag.endStream, this.#stream, call.body);
    this.#stream += 2;
    return true;
  }

  #read(bytes: Buffer): void {
    const all = this.#left.length === 0 ? bytes : Buffer.concat([this.#left, bytes]);
    let at = 0;
    while (at + headerBytes <= all.length) {
      const length = all.readUIntBE(at, 3);
      const end = at + headerBytes + length;
      if (end > all.length) break;
      const [type = 0, flags = 0] = [all[at + 3], all[at + 4]];
      this.#take(type, flags, all.readUInt32BE(at + 5), all.subarray(at + headerBytes, end));
      at = end;
    }
    this.#left = all.subarray(at);
    this.flush();
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === frame.data) this.#count(payload.length);
    if (type === frame.data || type === frame.headers) {
      if ((flags & flag.endStream) !== 0) this.#end(stream, type === frame.headers && payload);
    } else if (type === frame.settings && (flags & flag.ack) === 0) {
      this.#write(frame.settings, flag.ack, 0, Buffer.alloc(0));
    } else if (type === frame.ping && (flags & flag.ack) === 0) {
      this.#write(frame.ping, flag.ack, 0, payload);
    } else if (type === frame.reset || type === frame.goAway) {
      throw new Error(`the server sent ${type === frame.reset ? "RST_STREAM" : "GOAWAY"}`);
    }
  }

  #end(stream: number, trailers: Buffer | false): void {
    const started = this.#started.get(stream) ?? 0;
    this.#started.delete(stream);
    if (trailers !== false && hasOne(trailers, statusOk)) this.#work.succeeded(started);
    else if (trailers !== false && hasOne(trailers, statusExhausted)) this.#work.refused(started);
    else this.#work.failed(`trailers ${trailers === false ? "none" : trailers.toString("latin1")}`);
    this.#next();
  }

  #count(bytes: number): void {
    this.#window -= bytes;
    if (this.#window > largestWindow / 2) return;
    this.#writeNumber(frame.windowUpdate, largestWindow - this.#window);
    this.#window = largestWindow;
  }

  #writeNumber(type: number, value: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(value);
    this.#write(type, 0, 0, payload);
  }

  #write(type: number, flags: number, stream: number, payload: Buffer): void {
    if (this.#filled + headerBytes + payload.length > this.#out.length) this.flush();
    const at = this.#filled;
    this.#out.writeUIntBE(payload.length, at, 3);
    this.#out[at + 3] = type;
    this.#out[at + 4] = flags;
    this.#out.writeUInt32BE(stream, at + 5);
    payload.copy(this.#out, at + headerBytes);
    this.#filled = at + headerBytes + payload.length;
  }

  flush(): void {
    if (this.#filled > 0) this.#socket.write(Buffer.from(this.#out.subarray(0, this.#filled)));
    this.#filled = 0;
  }
}
