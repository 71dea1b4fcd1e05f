/** A collector of traces: takes OTLP/HTTP in protobuf and reads as much of it as tests ask for. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A span as it was sent (opentelemetry.proto.trace.v1.Span). */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: "server" | "client" | "consumer" | "other";
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly failed: boolean;
}

export interface Collector {
  /** For TARGETD_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Attributes of the latest resource. */
  readonly resource: CollectedSpan["attributes"];
  /** Headers of each export. */
  readonly exports: readonly IncomingHttpHeaders[];
  /** Every byte of the exports. */
  readonly received: Buffer;
  /** Answers with this status from now on; undefined: not at all. */
  answer(status: number | undefined): void;
  close(): Promise<void>;
}

export async function openCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const exports: IncomingHttpHeaders[] = [];
  let resource: CollectedSpan["attributes"] = {};
  const bodies: Buffer[] = [];
  let status: number | undefined = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    bodies.push(body);
    exports.push(request.headers);
    if (request.url !== "/v1/traces") status = 404;
    for (const group of fieldsOf(body).bytes(1)) {
      const parts = fieldsOf(group);
      for (const bytes of parts.bytes(1)) resource = attributesOf(fieldsOf(bytes).bytes(1));
      for (const scope of parts.bytes(2)) spans.push(...fieldsOf(scope).bytes(2).map(toSpan));
    }
    if (status !== undefined) response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, exports },
    get resource() {
      return resource;
    },
    get received() {
      return Buffer.concat(bodies);
    },
    answer(next) {
      status = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Value = bigint | number | Uint8Array;

/** The fields of a message by their numbers. */
function fieldsOf(message: Uint8Array) {
  const reader = new BinaryReader(message);
  const found = new Map<number, Value[]>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const values = found.get(number) ?? [];
    found.set(number, values);
    values.push(read(reader, type));
  }
  const all = (number: number) => found.get(number) ?? [];
  return {
    bytes: (number: number) => all(number).filter((value) => value instanceof Uint8Array),
    first: (number: number) => all(number)[0],
  };
}

function read(reader: BinaryReader, type: WireType): Value {
  if (type === WireType.LengthDelimited) return reader.bytes();
  if (type === WireType.Varint) return BigInt(reader.int64());
  if (type === WireType.Bit64) return reader.double();
  return reader.fixed32();
}

const text = (value: Value | undefined) =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : "";
const hex = (value: Value | undefined) =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : "";

const kinds: Readonly<Record<string, CollectedSpan["kind"]>> = {
  2: "server",
  3: "client",
  5: "consumer",
};
const failedCode = 2n;

function toSpan(bytes: Uint8Array): CollectedSpan {
  const { first, bytes: list } = fieldsOf(bytes);
  const [status] = list(15);
  return {
    traceId: hex(first(1)),
    spanId: hex(first(2)),
    parentSpanId: hex(first(4)),
    traceState: text(first(3)),
    name: text(first(5)),
    kind: kinds[String(first(6))] ?? "other",
    attributes: attributesOf(list(9)),
    failed: status !== undefined && fieldsOf(status).first(3) === failedCode,
  };
}

/** Of KeyValue messages. */
function attributesOf(pairs: readonly Uint8Array[]): CollectedSpan["attributes"] {
  const entries = pairs.map((pair) => {
    const { first, bytes } = fieldsOf(pair);
    const value = fieldsOf(bytes(2)[0] ?? new Uint8Array());
    const [asText, asBoolean, asInteger] = [value.first(1), value.first(2), value.first(3)];
    if (asText !== undefined) return [text(first(1)), text(asText)];
    if (asBoolean !== undefined) return [text(first(1)), asBoolean === 1n];
    return [text(first(1)), Number(asInteger ?? value.first(4) ?? 0)];
  });
  return Object.fromEntries(entries);
}
