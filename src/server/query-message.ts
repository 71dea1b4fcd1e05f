/** The message in the query of a Connect GET (connectrpc.com/docs/protocol, "Unary-Get"). */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { ApiError } from "../errors/api-error.ts";
import { type BodyReading, inflaterOf } from "./rest/read-body.ts";

/**
 * Reads and inflates the message of a query whose compression is known.
 *
 * @throws ApiError malformed, bodyTooLarge, tooManyBodies
 */
export async function readQueryMessage(
  query: URLSearchParams,
  reading: BodyReading,
): Promise<Uint8Array> {
  const text = query.get("message") ?? "";
  const sent = query.get("base64") === "1" ? decodeBase64(text) : Buffer.from(text);
  const inflate =
    sent.length === 0 ? undefined : inflaterOf(query.get("compression") ?? "identity");
  reading.held.take(sent.length);
  return inflate === undefined ? sent : inflate(sent, reading);
}

function decodeBase64(text: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch (cause) {
    throw new ApiError("malformed", { detail: "the message is not base64", cause });
  }
}
