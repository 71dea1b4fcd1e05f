/** What targets are told about who calls, and how long that caller waits. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallerSchema } from "../../gen/targetd/v1/execution_service_pb.ts";
import { depthHeader } from "../execution/depth.ts";
import { readTraceparent } from "../execution/traceparent.ts";

/** Reads a header by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined;

/** Who calls, as the service knows it; each at most 200 characters. */
export interface CallerIds {
  readonly userId?: string | undefined;
  readonly orgId?: string | undefined;
  readonly projectId?: string | undefined;
}

/** Never credentials (contract.md section 6). */
const toldHeaders = ["Content-Type", "Host", "Origin"];
const proxyHeaders = ["X-Forwarded-For", "X-Forwarded-Host"];

/** @param behindProxy tells the headers of a proxy too */
export function callerOf(
  header: ReadHeader,
  { userId = "", orgId = "", projectId = "" }: CallerIds,
  behindProxy: boolean,
): MessageInitShape<typeof CallerSchema> {
  const names = behindProxy ? [...toldHeaders, ...proxyHeaders] : toldHeaders;
  const headers: Record<string, { values: string[] }> = {};
  for (const name of names) {
    const value = header(name.toLowerCase());
    if (value !== undefined && value !== "") headers[name] = { values: [value] };
  }
  return { userId, orgId, projectId, headers };
}

/**
 * The headers of the call that targetd must see itself. Malformed ones are left out: they would make
 * Execute fail.
 */
export function passedHeaders(header: ReadHeader): Record<string, string> {
  const depth = header(depthHeader);
  const traceparent = readTraceparent(header("traceparent"));
  return {
    ...(depth !== undefined && /^\d{1,9}$/.test(depth) && { [depthHeader]: depth }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** Milliseconds. */
const units: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * How long the caller waits, in milliseconds, from the headers of gRPC and Connect; undefined when
 * it does not say.
 */
export function callerTimeoutMs(header: ReadHeader): number | undefined {
  const connect = /^\d{1,10}$/.exec(header("connect-timeout-ms") ?? "")?.[0];
  if (connect !== undefined) return Number(connect);
  const [, count, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header("grpc-timeout") ?? "") ?? [];
  return count === undefined ? undefined : Number(count) * (units[unit] ?? 0);
}
