/** ListInstanceKeys, RotateInstanceKey and RevokeInstanceKey. */
import { create } from "@bufbuild/protobuf";
import {
  InstanceService,
  ListInstanceKeysResponseSchema,
  RevokeInstanceKeyResponseSchema,
  RotateInstanceKeyResponseSchema,
} from "../../gen/targetd/v1/instance_service_pb.ts";
import { authorshipOf, type Identity } from "../auth/identity.ts";
import {
  checkRotation,
  defaultKeyAlgorithm,
  type InstanceKey,
  publishedKeys,
  revoke,
  rotate,
  signingKeyAt,
} from "../domain/instance-key.ts";
import { type InstanceId, instanceId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import type { InstanceKeysChange } from "../store/instance-key-store.ts";
import type { Authorship } from "../store/store.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { toAlgorithm, toInstanceKeyMessage } from "./instance-key-message.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { storeFailure } from "./write.ts";

export function listInstanceKeys({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: InstanceService.method.listInstanceKeys,
    prepare: (request) => ({
      violations: [],
      async run({ identity }) {
        const keys = await readKeys(store, askedInstance(request, identity));
        const now = clock();
        return create(ListInstanceKeysResponseSchema, {
          keys: publishedKeys(keys, now).map((key) => toInstanceKeyMessage(key, keys, now)),
        });
      },
    }),
  });
}

export function rotateInstanceKey({ store, clock, newInstanceKey }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: InstanceService.method.rotateInstanceKey,
    prepare: (request) => ({
      violations: [],
      async run({ identity }) {
        const instance = askedInstance(request, identity);
        const current = await readKeys(store, instance);
        const asOf = clock();
        checkRotation(current, asOf);
        const usual = signingKeyAt(current, asOf)?.algorithm ?? defaultKeyAlgorithm;
        const pair = await newInstanceKey(toAlgorithm(request.algorithm) ?? usual);
        const options = authorshipOf(identity, clock());
        const { next, key } = await changeKeys(
          store,
          instance,
          (keys) => rotate(keys, pair, options.at),
          options,
        );
        const message = toInstanceKeyMessage(key, next, options.at);
        return create(RotateInstanceKeyResponseSchema, { key: message });
      },
    }),
  });
}

export function revokeInstanceKey({ store, clock, newInstanceKey }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: InstanceService.method.revokeInstanceKey,
    prepare: (request) => ({
      violations: [],
      async run({ identity }) {
        const { keyId } = request;
        const instance = askedInstance(request, identity);
        const current = await readKeys(store, instance);
        const revoked = current.find(({ id }) => id === keyId);
        if (revoked === undefined) throw new ApiError("instanceKeyNotFound");
        // Made ahead, needed or not: the change itself can wait for nothing.
        const spare = await newInstanceKey(revoked.algorithm);
        const options = authorshipOf(identity, clock());
        const { next } = await changeKeys(
          store,
          instance,
          (keys) => revoke(keys, keyId, spare, options.at),
          options,
        );
        const key = signingKeyAt(next, options.at);
        return create(RevokeInstanceKeyResponseSchema, {
          ...(key && { currentKey: toInstanceKeyMessage(key, next, options.at) }),
        });
      },
    }),
  });
}

function askedInstance(request: { readonly instanceId: string }, identity: Identity): InstanceId {
  return request.instanceId === "" ? identity.instance : instanceId(request.instanceId);
}

/** @throws ApiError instanceNotFound */
async function readKeys(
  store: HandlerParts["store"],
  instance: InstanceId,
): Promise<readonly InstanceKey[]> {
  const keys = await store.readInstanceKeys(instance);
  if (keys.length > 0 || (await store.instanceExists(instance))) return keys;
  throw new ApiError("instanceNotFound");
}

function changeKeys<C extends InstanceKeysChange>(
  store: HandlerParts["store"],
  instance: InstanceId,
  change: (keys: readonly InstanceKey[]) => C,
  options: Authorship,
): Promise<C> {
  return store.changeInstanceKeys(instance, change, options).catch((thrown: unknown) => {
    throw storeFailure(thrown, "instanceNotFound");
  });
}
