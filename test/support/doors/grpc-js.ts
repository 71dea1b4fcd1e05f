/** Unary gRPC calls with bytes as the message, by @grpc/grpc-js. */
import { fromBinary } from "@bufbuild/protobuf";
import { type Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { failure, failureOf, type Outcome } from "./outcome.ts";

/** An answer as bytes, or what the call failed with. */
export type BytesReply =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly header: Outcome["header"] }
  | { readonly ok: false; readonly outcome: Outcome };

/** @param path "/package.Service/Method" */
export function callBytes(
  client: Client,
  path: string,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<BytesReply> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise((resolve) => {
    const seen = new Metadata();
    const header = (name: string) => seen.get(name)[0]?.toString() ?? null;
    const call = client.makeUnaryRequest(
      path,
      (value: Uint8Array) => Buffer.from(value),
      (value: Buffer) => value,
      bytes,
      metadata,
      (error, answer) => {
        if (error !== null) {
          seen.merge(error.metadata);
          resolve({ ok: false, outcome: outcomeOf(error, header) });
        } else if (answer === undefined) throw new Error("neither answer nor error");
        else resolve({ ok: true, bytes: answer, header });
      },
    );
    call.on("metadata", (received: Metadata) => seen.merge(received));
  });
}

function outcomeOf(error: ServiceError, header: Outcome["header"]): Outcome {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!(details instanceof Buffer)) {
    return failure(error.code, error.details, () => undefined, header);
  }
  const carried = fromBinary(StatusSchema, details);
  if (carried.code !== error.code) throw new Error(`${carried.code} is not ${status[error.code]}`);
  // What people see first, as the client decodes it.
  if (carried.message !== error.details) throw new Error(`the text is garbled: ${error.details}`);
  return failureOf(carried, header);
}
