/** How long the parts of a call to a target took, as callers see it. */
import { create } from "@bufbuild/protobuf";
import { type Timings, TimingsSchema } from "../../gen/targetd/v1/target_service_pb.ts";
import type { Nanoseconds } from "../domain/units.ts";
import type { CallTimings } from "../execution/outcome.ts";
import { toDuration } from "./time.ts";

export function toTimings({ dns, connect, tls, firstByte, total }: CallTimings): Timings {
  const optional = (value: Nanoseconds | undefined) =>
    value === undefined ? undefined : toDuration(value);
  return create(TimingsSchema, {
    dns: optional(dns),
    connect: optional(connect),
    tls: optional(tls),
    firstByte: optional(firstByte),
    total: toDuration(total),
  });
}
