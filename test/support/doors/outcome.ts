/** What a call came to, in one form for every door. */
import {
  type DescMessage,
  type JsonObject,
  type Message,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import type { Status } from "../../../gen/google/rpc/status_pb.ts";
import { ErrorDetailSchema } from "../../../gen/zitadel/v1/error_detail_pb.ts";

export interface Outcome {
  /** Name of the gRPC status, for instance "OK" or "NOT_FOUND". */
  readonly code: string;
  /** Id of the zitadel.v1.ErrorDetail. */
  readonly id: string | undefined;
  /** Reason of the google.rpc.ErrorInfo. */
  readonly reason: string | undefined;
  /** Metadata of the google.rpc.ErrorInfo. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Fields that the google.rpc.BadRequest names, in its order. */
  readonly violations: readonly string[];
  /** The text of an error. */
  readonly text: string;
  /** The answer as JSON; empty for errors. */
  readonly message: JsonObject;
  /** A response header or trailer, null when absent. */
  readonly header: (name: string) => string | null;
}

/** Finds a detail by its type. */
export type FindDetail = <D extends DescMessage>(desc: D) => MessageShape<D> | undefined;

/** @param find looks among the details of the error */
export function failure(
  code: number,
  text: string,
  find: FindDetail,
  header: Outcome["header"],
): Outcome {
  const info = find(ErrorInfoSchema);
  return {
    code: codeName(code),
    id: find(ErrorDetailSchema)?.id,
    reason: info?.reason,
    metadata: info?.metadata ?? {},
    violations: find(BadRequestSchema)?.fieldViolations.map(({ field }) => field) ?? [],
    text,
    message: {},
    header,
  };
}

export function success(message: JsonObject, header: Outcome["header"]): Outcome {
  const none = { id: undefined, reason: undefined, metadata: {}, violations: [], text: "" };
  return { code: "OK", ...none, message, header };
}

export function successOf(desc: DescMessage, value: Message, header: Outcome["header"]): Outcome {
  return success(toJson(desc, value) as JsonObject, header);
}

export function failureOf({ code, message, details }: Status, header: Outcome["header"]): Outcome {
  return failure(code, message, (desc) => unpacked(details, desc), header);
}

function unpacked<D extends DescMessage>(
  details: readonly Any[],
  desc: D,
): MessageShape<D> | undefined {
  for (const detail of details) {
    const found = anyUnpack(detail, desc);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** "NotFound" becomes "NOT_FOUND". */
function codeName(code: number): string {
  return (Code[code] ?? String(code)).replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}
