/** The flags that describe a target, and the message fields they become. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import { type Command, Option } from "commander";
import type {
  CreateTargetRequestSchema,
  UpdateTargetRequestSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { durationArgument, repeatedArgument } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { headersFrom } from "../headers.ts";
import { type PayloadWord, payloadTypes, type TypeWord, targetTypes } from "./values.ts";

/** What commander makes of the flags. */
export interface FieldFlags {
  readonly name?: string;
  readonly endpoint?: string;
  readonly timeout?: Duration;
  readonly type?: TypeWord;
  readonly interruptOnError?: boolean;
  readonly payload?: PayloadWord;
  readonly header?: readonly string[];
  readonly disabled?: true;
  readonly enabled?: true;
  readonly ordered?: boolean;
}

/** Fields that create and update have in common. */
export type Fields = Pick<
  MessageInitShape<typeof CreateTargetRequestSchema> &
    MessageInitShape<typeof UpdateTargetRequestSchema>,
  | "name"
  | "endpoint"
  | "timeout"
  | "targetType"
  | "payloadType"
  | "headers"
  | "disabled"
  | "ordered"
>;

/** The oneof of a target's type, with a member set. */
export type TargetTypeField = NonNullable<Fields["targetType"]>;

/** Adds one flag per field. */
export function addFieldFlags(command: Command): Command {
  return command
    .optionsGroup("Fields:")
    .option("--name <text>", "name, unique whatever its case")
    .option("--endpoint <url>", "http or https URL that is called")
    .option("--timeout <duration>", "time limit of one call, up to 270s", durationArgument)
    .addOption(
      new Option("--type <type>", "what happens to the answer").choices(Object.keys(targetTypes)),
    )
    .option("--interrupt-on-error", "a failed call fails the caller")
    .option("--no-interrupt-on-error", "a failed call is only recorded")
    .addOption(
      new Option("--payload <type>", "how the body is packed").choices(Object.keys(payloadTypes)),
    )
    .option("--header <name:value>", "extra request header; repeatable", repeatedArgument)
    .addOption(new Option("--disabled", "switch the target off").conflicts("enabled"))
    .option("--enabled", "switch the target on")
    .option("--ordered", "keep the order of deliveries that share an aggregate")
    .option("--no-ordered", "deliver in any order");
}

/**
 * The message fields for the flags that were given, and no others.
 *
 * @throws CliError usage
 */
export function fieldsFrom(flags: FieldFlags): Fields {
  const fields: Fields = {};
  if (flags.name !== undefined) fields.name = flags.name;
  if (flags.endpoint !== undefined) fields.endpoint = flags.endpoint;
  if (flags.timeout !== undefined) fields.timeout = flags.timeout;
  if (flags.type !== undefined) fields.targetType = targetType(flags.type, flags.interruptOnError);
  if (flags.payload !== undefined) fields.payloadType = payloadTypes[flags.payload];
  if (flags.header !== undefined) fields.headers = headersFrom(flags.header);
  if (flags.disabled || flags.enabled) fields.disabled = flags.disabled === true;
  if (flags.ordered !== undefined) fields.ordered = flags.ordered;
  return fields;
}

/**
 * A type with its flag, which is off unless given.
 *
 * @throws CliError usage for async with the flag on
 */
export function targetType(type: TypeWord, interruptOnError = false): TargetTypeField {
  if (type !== "async") return { case: targetTypes[type].field, value: { interruptOnError } };
  if (interruptOnError) {
    throw new CliError(exitCodes.usage, "targets of type async have no --interrupt-on-error");
  }
  return { case: targetTypes.async.field, value: {} };
}
