/** ActivatePublicKey, DeactivatePublicKey, RemovePublicKey and ListPublicKeys. */
import { create } from "@bufbuild/protobuf";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  ActivatePublicKeyResponseSchema,
  DeactivatePublicKeyResponseSchema,
  type ListPublicKeysRequest,
  ListPublicKeysResponseSchema,
  RemovePublicKeyResponseSchema,
} from "../../gen/zitadel/action/v2/public_key_messages_pb.ts";
import {
  PublicKeyFieldName,
  type PublicKeySearchFilter,
} from "../../gen/zitadel/action/v2/query_pb.ts";
import {
  type PublicKey as PublicKeyMessage,
  PublicKeySchema,
} from "../../gen/zitadel/action/v2/target_pb.ts";
import { TimestampFilterMethod } from "../../gen/zitadel/filter/v2/filter_pb.ts";
import {
  activateKey,
  deactivateKey,
  type PublicKey,
  type PublicKeysUpdate,
  removeKey,
} from "../domain/public-key.ts";
import {
  type PublicKeyFilter,
  type PublicKeyQuery,
  selectKeys,
  type TimeMethod,
} from "../domain/public-key-query.ts";
import { type Micros, targetId } from "../domain/units.ts";
import { StoreError } from "../store/store.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toPageQuery, toPagination } from "./pagination.ts";
import { timestampViolations, toMicros, toTimestamp } from "./time.ts";
import { authorshipIn, storeFailure } from "./write.ts";

export function activatePublicKey(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.activatePublicKey,
    prepare: (request) => ({
      violations: [],
      async run(context) {
        const changedAt = await change(parts, request, context, activateKey).catch(asKeyFailure);
        return create(ActivatePublicKeyResponseSchema, dated("changeDate", changedAt));
      },
    }),
  });
}

export function deactivatePublicKey(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.deactivatePublicKey,
    prepare: (request) => ({
      violations: [],
      async run(context) {
        const changedAt = await change(parts, request, context, deactivateKey).catch(asKeyFailure);
        return create(DeactivatePublicKeyResponseSchema, dated("changeDate", changedAt));
      },
    }),
  });
}

/** A key of a missing target is a missing key, which is no error. */
export function removePublicKey(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.removePublicKey,
    prepare: (request) => ({
      violations: [],
      async run(context) {
        const removedAt = await change(parts, request, context, removeKey).catch(nothingMissing);
        return create(RemovePublicKeyResponseSchema, dated("deletionDate", removedAt));
      },
    }),
  });
}

export function listPublicKeys({ store }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.listPublicKeys,
    prepare: (request) => ({
      violations: request.filters.flatMap(filterViolations),
      async run({ identity }) {
        const keys = await store.readPublicKeys(identity.instance, targetId(request.targetId));
        const query = toQuery(request);
        const page = selectKeys(keys, query);
        return create(ListPublicKeysResponseSchema, {
          pagination: toPagination(page, query),
          publicKeys: page.items.map(toMessage),
        });
      },
    }),
  });
}

type Command = (keys: readonly PublicKey[], id: string, now: Micros) => PublicKeysUpdate;

async function change(
  { store, clock }: HandlerParts,
  { targetId: target, keyId }: { readonly targetId: string; readonly keyId: string },
  context: CallContext,
  command: Command,
): Promise<Micros | undefined> {
  const at = clock();
  const apply = (keys: readonly PublicKey[]) => command(keys, keyId, at);
  const options = authorshipIn(context, at);
  const { instance } = context.identity;
  const written = await store.changePublicKeys(instance, targetId(target), apply, options);
  return written.kind === "done" ? written.result.date : undefined;
}

function asKeyFailure(thrown: unknown): never {
  throw storeFailure(thrown, "publicKeyNotFound");
}

function nothingMissing(thrown: unknown): undefined {
  if (thrown instanceof StoreError && thrown.code === "not-found") return undefined;
  throw thrown;
}

function dated<Name extends string>(name: Name, at: Micros | undefined) {
  return at === undefined ? {} : { [name]: toTimestamp(at) };
}

const sorts: ReadonlyMap<PublicKeyFieldName, PublicKeyQuery["sort"]> = new Map([
  [PublicKeyFieldName.UNSPECIFIED, "createdAt"],
  [PublicKeyFieldName.CREATION_DATE, "createdAt"],
  [PublicKeyFieldName.CHANGE_DATE, "changedAt"],
  [PublicKeyFieldName.EXPIRATION_DATE, "expiresAt"],
] as const);

const timeMethods: ReadonlyMap<TimestampFilterMethod, TimeMethod> = new Map([
  [TimestampFilterMethod.EQUALS, "equals"],
  [TimestampFilterMethod.AFTER, "after"],
  [TimestampFilterMethod.AFTER_OR_EQUALS, "afterOrEquals"],
  [TimestampFilterMethod.BEFORE, "before"],
  [TimestampFilterMethod.BEFORE_OR_EQUALS, "beforeOrEquals"],
] as const);

function toQuery({ pagination, sortingColumn, filters }: ListPublicKeysRequest): PublicKeyQuery {
  return {
    filters: filters.flatMap(toFilter),
    sort: sorts.get(sortingColumn) ?? "createdAt",
    ...toPageQuery(pagination),
  };
}

function toFilter({ filter }: PublicKeySearchFilter): PublicKeyFilter[] {
  switch (filter.case) {
    case "keyIdsFilter":
      return [{ by: "ids", ids: filter.value.ids }];
    case "activeFilter":
      return [{ by: "active", active: filter.value }];
    case "expirationDateFilter": {
      const { timestamp, method } = filter.value;
      if (timestamp === undefined) return [];
      // As expirations were when they were stored.
      const at = toMicros(timestamp, Math.floor);
      return [{ by: "expiresAt", method: timeMethods.get(method) ?? "equals", at }];
    }
    case undefined:
      return [];
  }
}

function filterViolations({ filter }: PublicKeySearchFilter, index: number) {
  if (filter.case !== "expirationDateFilter") return [];
  const field = `filters[${index}].expiration_date_filter.timestamp`;
  return timestampViolations(field, filter.value.timestamp);
}

function toMessage(key: PublicKey): PublicKeyMessage {
  return create(PublicKeySchema, {
    keyId: key.id,
    active: key.active,
    publicKey: key.pem,
    fingerprint: key.fingerprint,
    ...dated("expirationDate", key.expiresAt),
    creationDate: toTimestamp(key.createdAt),
    changeDate: toTimestamp(key.changedAt),
  });
}
