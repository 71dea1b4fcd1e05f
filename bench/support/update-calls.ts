/** Calls of UpdateTarget, each with another endpoint than the one before: every one is a change. */
import { create, toBinary } from "@bufbuild/protobuf";
import { UpdateTargetRequestSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { framed } from "../contenders/framed.ts";
import type { Call } from "../load/order.ts";

const digits = "0000000000";

export const updatedEndpoint = `https://example.com/hook/${digits}`;

export const updatePath = "/zitadel.action.v2.ActionService/UpdateTarget";

/** @param changes false: the same endpoint each time */
export function grpcUpdates(ids: readonly string[], changes = true): Call[] {
  return ids.map((id) => {
    const request = create(UpdateTargetRequestSchema, { id, endpoint: updatedEndpoint });
    const body = framed(toBinary(UpdateTargetRequestSchema, request));
    return { path: updatePath, ...withCounter(body, changes) };
  });
}

/** @param pathOf of the request for a target */
export function jsonUpdates(ids: readonly string[], pathOf: (id: string) => string): Call[] {
  return ids.map((id) => {
    const path = pathOf(id);
    const request = { ...(!path.includes(id) && { id }), endpoint: updatedEndpoint };
    return { path, ...withCounter(Buffer.from(JSON.stringify(request)), true) };
  });
}

function withCounter(body: Buffer, changes: boolean): Omit<Call, "path"> {
  const counter = { offset: body.lastIndexOf(digits), width: digits.length };
  return { body: body.toString("base64"), ...(changes && { counter }) };
}
