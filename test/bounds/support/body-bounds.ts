/** The bounds on one body, and on all of them together, at every door. */
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { connect } from "node:http2";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** Largest body in bytes, as sent and as inflated. */
export const bodyLimit = 4 * 1024 * 1024;

export const encodings = ["identity", "gzip", "br"] as const;
export type Encoding = (typeof encodings)[number];

/** Where calls go to. */
export interface Server {
  readonly url: string;
  readonly token: string;
}

/** A body as it is sent. */
interface Body {
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;
}

export interface Door {
  readonly door: string;
  /** What a client sees at the limit and one byte beyond. */
  readonly outcomes: readonly [string, string];
  /** What it sees when all bodies together go beyond their limit. */
  readonly refused: string;
  /** Bytes that the door puts before a message. */
  readonly prefix: number;
  readonly send: (server: Server, body: Body) => Promise<string>;
}

const method = "/zitadel.action.v2.ActionService/ListTargets";

/** `{}` and as many spaces as make it that long, compressed. */
export async function bodyOf(length: number, encoding: Encoding): Promise<Body> {
  const plain = Buffer.alloc(length, " ");
  plain.write("{}");
  return { bytes: await compress(plain, encoding), encoding };
}

function compress(bytes: Buffer, encoding: Encoding): Promise<Buffer> | Buffer {
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  if (encoding === "gzip") return promisify(gzip)(bytes);
  return encoding === "br" ? promisify(brotliCompress)(bytes, fast) : bytes;
}

async function post(
  { url, token }: Server,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<Response> {
  return fetch(url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: new Uint8Array(body),
  });
}

/** Flags, length, message (the framing of gRPC). */
function framed({ bytes, encoding }: Body): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(encoding === "identity" ? 0 : 1);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The gRPC status of a call over HTTP/2. */
async function grpcStatus({ url, token }: Server, body: Body): Promise<string> {
  const session = connect(url);
  const stream = session.request({
    ":method": "POST",
    ":path": method,
    "content-type": "application/grpc+json",
    "grpc-encoding": body.encoding,
    te: "trailers",
    authorization: `Bearer ${token}`,
  });
  const status = new Promise<string>((resolve, reject) => {
    const look = (headers: Record<string, unknown>) => {
      if (headers["grpc-status"] !== undefined) resolve(`status ${headers["grpc-status"]}`);
    };
    stream.on("response", look).on("trailers", look).on("error", reject).resume();
  });
  stream.end(framed(body));
  return status.finally(() => session.destroy());
}

/** The gRPC status of a call over gRPC-Web, whose trailers are the last part of the body. */
async function grpcWebStatus(server: Server, body: Body): Promise<string> {
  const headers = { "content-type": "application/grpc-web+json", "grpc-encoding": body.encoding };
  const answer = await post(server, method, headers, framed(body));
  const trailers = /grpc-status: ?(\d+)/.exec(await answer.text())?.[1];
  return `status ${answer.headers.get("grpc-status") ?? trailers}`;
}

function restStatus(path: string) {
  return async (server: Server, { bytes, encoding }: Body) => {
    const type = { "content-type": "application/json" };
    const encoded = encoding === "identity" ? type : { ...type, "content-encoding": encoding };
    return String((await post(server, path, encoded, bytes)).status);
  };
}

export const doors: readonly Door[] = [
  {
    door: "REST",
    outcomes: ["200", "413"],
    refused: "429",
    prefix: 0,
    send: restStatus("/v2/actions/targets/search"),
  },
  {
    door: "Connect",
    outcomes: ["200", "429"],
    refused: "429",
    prefix: 0,
    send: restStatus(method),
  },
  {
    door: "gRPC",
    outcomes: ["status 0", "status 8"],
    refused: "status 8",
    prefix: 5,
    send: grpcStatus,
  },
  {
    door: "gRPC-Web",
    outcomes: ["status 0", "status 8"],
    refused: "status 8",
    prefix: 5,
    send: grpcWebStatus,
  },
];

type Caller = "owner" | "viewer" | "stranger";

/** A bound on the bodies under way together. */
export interface HeldBound {
  readonly bound: string;
  readonly limit: "total" | "caller";
  /** Shares of the limit that others hold when the caller comes. */
  readonly holders: readonly (readonly [Caller, number])[];
  readonly caller: Caller;
}

export const heldBounds: readonly HeldBound[] = [
  {
    bound: "All callers",
    limit: "total",
    holders: [
      ["owner", 0.5],
      ["viewer", 0.25],
    ],
    caller: "stranger",
  },
  { bound: "One caller", limit: "caller", holders: [["owner", 0.75]], caller: "owner" },
];

/** Begins a call and sends so many bytes of a body that goes on. */
export async function holdBody({ url, token }: Server, length: number): Promise<ClientRequest> {
  const call = request(new URL("/v2/actions/targets/search", url), {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-length": length + 1,
      expect: "100-continue",
    },
  });
  call.on("error", () => undefined).flushHeaders();
  await once(call, "continue");
  call.write(Buffer.alloc(length, " "));
  return call;
}
