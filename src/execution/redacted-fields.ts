/**
 * Messages without what must never leave the server: fields marked debug_redact (contract.md
 * sections 3 and 6). Targets do not see them, so they can neither learn nor remove them.
 */
import { clone, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** A copy of the message without its redacted fields; the message itself when it can have none. */
export function withoutRedacted<M extends Message>(schema: DescMessage, message: M): M {
  if (!mayHoldRedacted(schema)) return message;
  const copy = clone(schema, message) as M;
  clearRedacted(reflect(schema, copy));
  return copy;
}

/**
 * Gives a message that a target made the redacted fields of the one it replaces, wherever both have
 * the message that holds them. Elements of lists and maps have no counterpart and get none.
 */
export function keepRedacted(schema: DescMessage, original: Message, next: Message): void {
  if (mayHoldRedacted(schema)) copyRedacted(reflect(schema, original), reflect(schema, next));
}

function clearRedacted(message: ReflectMessage): void {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (isRedacted(field)) message.clear(field);
    else for (const member of membersOf(message, field)) clearRedacted(member);
  }
}

function copyRedacted(from: ReflectMessage, to: ReflectMessage): void {
  for (const field of from.fields) {
    if (!from.isSet(field)) continue;
    if (isRedacted(field)) {
      if (!to.isSet(field)) to.set(field, from.get(field));
    } else if (field.fieldKind === "message" && to.isSet(field)) {
      copyRedacted(from.get(field), to.get(field));
    }
  }
}

/** The messages that a field holds, one or many. */
function membersOf(message: ReflectMessage, field: DescField): Iterable<ReflectMessage> {
  if (field.message === undefined || !mayHoldRedacted(field.message)) return [];
  if (field.fieldKind === "message") return [message.get(field)];
  if (field.fieldKind === "list") return message.get(field) as Iterable<ReflectMessage>;
  if (field.fieldKind === "map") return message.get(field).values() as Iterable<ReflectMessage>;
  return [];
}

function isRedacted(field: DescField): boolean {
  return field.proto.options?.debugRedact === true;
}

const known = new WeakMap<DescMessage, boolean>();

/** Tells whether a message, or one inside it, has a redacted field. */
function mayHoldRedacted(schema: DescMessage): boolean {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const result = reaches(schema, new Set());
  known.set(schema, result);
  return result;
}

function reaches(schema: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  return schema.fields.some(
    (field) => isRedacted(field) || (field.message !== undefined && reaches(field.message, seen)),
  );
}
