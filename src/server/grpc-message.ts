/**
 * The grpc-message header (github.com/grpc/grpc, PROTOCOL-HTTP2.md, "Status-Message"): only "%" and
 * what is not visible ASCII is percent-encoded. connect-node encodes much more, which clients such as
 * @grpc/grpc-js then show as it is.
 */

const name = "grpc-message";

/** @returns the same headers, with grpc-message as the protocol has it */
export function plainGrpcMessage(headers: Headers): Headers {
  const encoded = headers.get(name);
  if (encoded !== null) headers.set(name, encodeMessage(decodeURIComponent(encoded)));
  return headers;
}

function encodeMessage(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/g, (rest) =>
    [...Buffer.from(rest)].map((byte) => `%${hex(byte)}`).join(""),
  );
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
