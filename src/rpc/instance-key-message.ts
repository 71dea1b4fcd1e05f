/** The keys of an instance between messages and the domain. */
import { create } from "@bufbuild/protobuf";
import {
  InstanceKey_State,
  type InstanceKey as InstanceKeyMessage,
  InstanceKeySchema,
  KeyAlgorithm,
} from "../../gen/targetd/v1/instance_service_pb.ts";
import {
  type InstanceKey,
  type InstanceKeyAlgorithm,
  type InstanceKeyState,
  stateOf,
} from "../domain/instance-key.ts";
import type { Micros } from "../domain/units.ts";
import { toTimestamp } from "./time.ts";

const algorithms: Readonly<Record<InstanceKeyAlgorithm, KeyAlgorithm>> = {
  RS256: KeyAlgorithm.RS256,
  ES256: KeyAlgorithm.ES256,
  EdDSA: KeyAlgorithm.EDDSA,
};

const states: Readonly<Record<InstanceKeyState, InstanceKey_State>> = {
  next: InstanceKey_State.NEXT,
  current: InstanceKey_State.CURRENT,
  previous: InstanceKey_State.PREVIOUS,
};

/** The algorithm that is asked for; undefined when none is. */
export function toAlgorithm(asked: KeyAlgorithm): InstanceKeyAlgorithm | undefined {
  const names = Object.keys(algorithms) as InstanceKeyAlgorithm[];
  return names.find((name) => algorithms[name] === asked);
}

/** @param keys all keys of the instance, which decide what each one does at `now` */
export function toInstanceKeyMessage(
  key: InstanceKey,
  keys: readonly InstanceKey[],
  now: Micros,
): InstanceKeyMessage {
  const { id, algorithm, createdAt, signsFrom, publishedUntil } = key;
  return create(InstanceKeySchema, {
    keyId: id,
    algorithm: algorithms[algorithm],
    state: states[stateOf(key, keys, now)],
    creationDate: toTimestamp(createdAt),
    signsFrom: toTimestamp(signsFrom),
    ...(publishedUntil !== undefined && { publishedUntil: toTimestamp(publishedUntil) }),
  });
}
