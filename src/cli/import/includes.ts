/**
 * Lists of executions from ZITADEL before version 3. There an entry was a message, with the id of a target
 * in field 1 or, in field 2, a condition whose targets take its place. It has the same field number as the
 * ids of today, so that such an entry reads as a text that begins with the tag of one of these fields.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { ConditionSchema } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import { conditionText } from "../execution/condition.ts";
import type { ListedExecution } from "./read.ts";

/** Tags of the two fields: number and wire type 2. */
const targetTag = 0x0a;
const includeTag = 0x12;

/** How many conditions may include one another; ZITADEL allowed three. */
const maxDepth = 10;

/** Replaces every included condition by its targets. What cannot be read stays as it is. */
export function withoutIncludes(executions: readonly ListedExecution[]): ListedExecution[] {
  const listed = new Map(executions.map(({ id, targets }) => [id, targets]));
  const expand = (entry: string, depth: number): readonly string[] => {
    const { target, include } = parseEntry(entry);
    if (target !== undefined) return [target];
    const included = listed.get(include);
    if (included === undefined || depth >= maxDepth) return [entry];
    return included.flatMap((each) => expand(each, depth + 1));
  };
  return executions.map((execution) => ({
    ...execution,
    targets: execution.targets.flatMap((entry) => expand(entry, 0)),
  }));
}

type Entry =
  | { readonly target: string; readonly include?: undefined }
  | { readonly target?: undefined; readonly include: string };

/** The id of the target, or that of the condition. */
function parseEntry(entry: string): Entry {
  const bytes = Buffer.from(entry);
  const tag = bytes[0];
  if (tag !== targetTag && tag !== includeTag) return { target: entry };
  try {
    const reader = new BinaryReader(bytes);
    reader.tag();
    if (tag === targetTag) return { target: reader.string() };
    return { include: conditionText(fromBinary(ConditionSchema, reader.bytes())) };
  } catch {
    return { target: entry };
  }
}
