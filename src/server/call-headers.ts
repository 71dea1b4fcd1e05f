/**
 * Headers of a call that connect-node would refuse itself, but without the details that every error
 * has here (contract.md section 9).
 */
import type { HandlerContext } from "@connectrpc/connect";
import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import { ApiError } from "../errors/api-error.ts";

/** Encodings of messages besides none, by all protocols of connect-node. */
const encodings = ["gzip", "br"] as const;

const known: ReadonlySet<string> = new Set(["identity", ...encodings]);

/** True for encodings that connect-node knows. */
export function isSharedEncoding(encoding: string): boolean {
  return known.has(encoding);
}

type CallHeaders = Pick<
  HandlerContext,
  "method" | "protocolName" | "requestMethod" | "requestHeader" | "responseHeader" | "url"
>;

/**
 * Checks the encoding of the messages and the deadline.
 *
 * @throws ApiError unknownEncoding, with what is known in the response headers; malformed
 */
export function checkCallHeaders(call: CallHeaders): void {
  const { encoding, accepts } = encodingOf(call);
  if (encoding !== null && !isSharedEncoding(encoding)) {
    const detail = `it must be ${encodings.join(" or ")}`;
    call.responseHeader.set(accepts, encodings.join(","));
    throw new ApiError("unknownEncoding", { detail });
  }
  const [name, parse] =
    call.protocolName === "connect"
      ? (["connect-timeout-ms", parseConnectTimeout] as const)
      : (["grpc-timeout", parseGrpcTimeout] as const);
  const { error } = parse(call.requestHeader.get(name), Number.MAX_SAFE_INTEGER);
  if (error !== undefined) {
    throw new ApiError("malformed", { detail: `the header ${name} cannot be read` });
  }
}

/** The encoding as sent, and the header that tells which are known. */
function encodingOf(call: CallHeaders): { readonly encoding: string | null; accepts: string } {
  const { method, protocolName, requestMethod, requestHeader, url } = call;
  const header = (name: string, accepts: string) => ({
    encoding: requestHeader.get(name),
    accepts,
  });
  if (protocolName !== "connect") return header("grpc-encoding", "grpc-accept-encoding");
  if (method.methodKind !== "unary") {
    return header("connect-content-encoding", "connect-accept-encoding");
  }
  if (requestMethod !== "GET") return header("content-encoding", "accept-encoding");
  return { encoding: new URL(url).searchParams.get("compression"), accepts: "accept-encoding" };
}
