/**
 * The program that the conformance runner starts: reads from its input how to serve, and writes to its
 * output where, both behind their lengths in four bytes.
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

import "./without-details.ts";

const { serveConformance } = await import("./server.ts");

const lengthBytes = 4;

async function readRequest(): Promise<ServerCompatRequest> {
  let bytes = Buffer.alloc(0);
  for await (const piece of process.stdin) {
    bytes = Buffer.concat([bytes, piece as Buffer]);
    if (bytes.length < lengthBytes) continue;
    const end = lengthBytes + bytes.readUInt32BE();
    if (bytes.length >= end) {
      return fromBinary(ServerCompatRequestSchema, bytes.subarray(lengthBytes, end));
    }
  }
  throw new Error("the input ended before the request");
}

const { useTls, serverCreds, clientTlsCert, messageReceiveLimit } = await readRequest();
const text = (pem: Uint8Array) => Buffer.from(pem).toString();
const certificate =
  useTls && serverCreds !== undefined
    ? {
        ...{ cert: text(serverCreds.cert), key: text(serverCreds.key) },
        clientCa: clientTlsCert.length > 0 ? text(clientTlsCert) : undefined,
      }
    : undefined;
const { port } = await serveConformance({
  maxBytes: messageReceiveLimit || undefined,
  certificate,
  straightPath: process.env.TARGETD_STRAIGHT_PATH !== "off",
  onBug: (cause) => process.stderr.write(`${cause instanceof Error ? cause.stack : cause}\n`),
});
const pemCert = useTls ? { pemCert: serverCreds?.cert ?? new Uint8Array() } : {};
const answer = toBinary(ServerCompatResponseSchema, {
  $typeName: ServerCompatResponseSchema.typeName,
  ...{ host: "127.0.0.1", port, pemCert: new Uint8Array(), ...pemCert },
});
const length = Buffer.alloc(lengthBytes);
length.writeUInt32BE(answer.length);
process.stdout.write(Buffer.concat([length, answer]));
