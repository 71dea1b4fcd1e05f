/** targetd execution list */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Command, Option } from "commander";
import { ListExecutionsResponseSchema } from "../../../gen/zitadel/action/v2/execution_messages_pb.ts";
import type { Condition, Execution } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import {
  ExecutionFieldName,
  type ExecutionSearchFilterSchema,
  ExecutionType,
} from "../../../gen/zitadel/action/v2/query_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addPageFlags, type PageFlags, pageNote, pageRequest } from "../page-flags.ts";
import { withTargets } from "../target/client.ts";
import { columns, printable, timeText } from "../text.ts";
import { addConditionHelp, conditionArgument, conditionText } from "./condition.ts";

/** The words for kinds of conditions. */
const types = {
  request: ExecutionType.REQUEST,
  response: ExecutionType.RESPONSE,
  function: ExecutionType.FUNCTION,
  event: ExecutionType.EVENT,
} as const;

/** The words for sorting. */
const sortColumns = {
  condition: ExecutionFieldName.ID,
  created: ExecutionFieldName.CREATED_DATE,
  changed: ExecutionFieldName.CHANGED_DATE,
} as const;

interface Flags extends ActionFlags, PageFlags {
  readonly type?: keyof typeof types;
  readonly target?: string;
  readonly condition?: readonly Condition[];
  readonly sort: keyof typeof sortColumns;
  readonly desc?: boolean;
}

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list executions")
    .description("Lists the conditions that have targets, by condition unless told otherwise.")
    .addOption(
      new Option("--type <type>", "only conditions of this kind").choices(Object.keys(types)),
    )
    .option("--target <id>", "only executions that call this target")
    .option(
      "--condition <condition>",
      "only the execution of exactly this condition; repeatable",
      (text: string, earlier: readonly Condition[] = []) => [...earlier, conditionArgument(text)],
    )
    .addOption(
      new Option("--sort <column>", "what to sort by")
        .choices(Object.keys(sortColumns))
        .default("condition"),
    )
    .option("--desc", "from the last or newest to the first")
    .action((flags: Flags) => listExecutions(flags, io));
  addPageFlags(command, "executions");
  addActionFlags(command);
  addConditionHelp(command);
  addExamples(
    command,
    "targetd execution list --type request",
    "targetd execution list --target <target id> --sort changed --desc --json",
  );
}

async function listExecutions(flags: Flags, io: Io): Promise<void> {
  const request = {
    pagination: pageRequest(flags, flags.desc !== true),
    sortingColumn: sortColumns[flags.sort],
    filters: filtersFrom(flags),
  };
  const answer = await withTargets(flags, io, (client) => client.listExecutions(request));
  printAnswer(ListExecutionsResponseSchema, answer, flags, io, () => {
    const { executions, pagination } = answer;
    if (executions.length > 0) io.out(columns([head, ...executions.map(row)]));
    io.err(pageNote("executions", flags, executions.length, pagination));
  });
}

type Filter = NonNullable<MessageInitShape<typeof ExecutionSearchFilterSchema>["filter"]>;

function filtersFrom({ type, target, condition }: Flags) {
  const filters: Filter[] = [];
  if (type !== undefined) {
    filters.push({ case: "executionTypeFilter", value: { executionType: types[type] } });
  }
  if (target !== undefined) filters.push({ case: "targetFilter", value: { targetId: target } });
  if (condition !== undefined) {
    filters.push({ case: "inConditionsFilter", value: { conditions: [...condition] } });
  }
  return filters.map((filter) => ({ filter }));
}

const head = ["CONDITION", "TARGETS", "CHANGED", "ETAG"];

function row({ condition, targets, changeDate, etag }: Execution): string[] {
  return [conditionText(condition), targets.join(","), timeText(changeDate), etag].map(printable);
}
