import { create } from "@bufbuild/protobuf";
import { type Instance, InstanceSchema } from "../../gen/targetd/v1/instance_service_pb.ts";
import type { InstanceRecord } from "../store/instance-store.ts";
import { toTimestamp } from "./time.ts";

export function toInstanceMessage({ id, name, createdAt, features }: InstanceRecord): Instance {
  return create(InstanceSchema, {
    id,
    name,
    creationDate: toTimestamp(createdAt),
    features: Object.fromEntries(features),
  });
}
