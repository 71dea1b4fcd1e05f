/** What the audit says of each kind of thing. */
import type { ConditionId } from "../domain/condition.ts";
import type { InstanceId, TargetId } from "../domain/units.ts";
import type { ChangeContent, ChangeRecord } from "./audit-store.ts";
import type { TokenRecord } from "./token-store.ts";

/** An entry about a target. */
export function targetChange(
  id: TargetId,
  action: ChangeContent["action"],
  fields: ChangeContent["fields"] = [],
): ChangeContent {
  return { resourceType: "target", resourceId: id, action, fields };
}

/** An entry about an execution. */
export function executionChange(
  id: ConditionId,
  action: ChangeContent["action"],
  fields: ChangeContent["fields"],
): ChangeContent {
  return { resourceType: "execution", resourceId: id, action, fields };
}

/** An entry about an instance. */
export function instanceChange(
  id: InstanceId,
  action: ChangeContent["action"],
  fields: ChangeContent["fields"] = [],
): ChangeContent {
  return { resourceType: "instance", resourceId: id, action, fields };
}

/** An entry about a part of a catalogue. */
export function catalogChange(part: string, fields: ChangeContent["fields"]): ChangeContent {
  return { resourceType: "catalog", resourceId: part, action: "changed", fields };
}

/** An entry about a delivery, or about those of a target. */
export function deliveryChange(
  id: string,
  action: ChangeContent["action"],
  fields: ChangeContent["fields"] = [],
): ChangeContent {
  return { resourceType: "delivery", resourceId: id, action, fields };
}

/** What the audit says of a new token. */
export function tokenCreated({ id, roles, permissions, expiresAt }: TokenRecord): ChangeContent {
  const expires = expiresAt === undefined ? null : new Date(expiresAt / 1000).toISOString();
  const fields = [
    { field: "roles", old: null, new: roles },
    { field: "permissions", old: null, new: permissions },
    { field: "expiration_date", old: null, new: expires },
  ];
  return { resourceType: "token", resourceId: id, action: "created", fields };
}

/** An entry that says no more than that a token was revoked. */
export function tokenRevoked(id: string): ChangeContent {
  return { resourceType: "token", resourceId: id, action: "revoked", fields: [] };
}

/** What an entry that belongs to no other write says. */
export function contentOf({
  resourceType,
  resourceId,
  action,
  fields,
}: ChangeRecord): ChangeContent {
  return { resourceType, resourceId, action, fields };
}
