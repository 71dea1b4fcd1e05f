/** targetd target list */
import { type Command, Option } from "commander";
import { TargetFieldName } from "../../../gen/zitadel/action/v2/query_pb.ts";
import { ListTargetsResponseSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { TextFilterMethod } from "../../../gen/zitadel/filter/v2/filter_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addPageFlags, type PageFlags, pageNote, pageRequest } from "../page-flags.ts";
import { withTargets } from "./client.ts";
import { targetTable } from "./show.ts";

/** The words for sorting. */
const sortColumns = {
  id: TargetFieldName.ID,
  created: TargetFieldName.CREATED_DATE,
  changed: TargetFieldName.CHANGED_DATE,
  name: TargetFieldName.NAME,
  type: TargetFieldName.TARGET_TYPE,
  endpoint: TargetFieldName.URL,
  timeout: TargetFieldName.TIMEOUT,
  "interrupt-on-error": TargetFieldName.INTERRUPT_ON_ERROR,
} as const;

/** The words for comparing names: with case, and without. */
const matches = {
  equals: [TextFilterMethod.EQUALS, TextFilterMethod.EQUALS_IGNORE_CASE],
  "starts-with": [TextFilterMethod.STARTS_WITH, TextFilterMethod.STARTS_WITH_IGNORE_CASE],
  contains: [TextFilterMethod.CONTAINS, TextFilterMethod.CONTAINS_IGNORE_CASE],
  "ends-with": [TextFilterMethod.ENDS_WITH, TextFilterMethod.ENDS_WITH_IGNORE_CASE],
} as const;

interface Flags extends ActionFlags, PageFlags {
  readonly filterName?: string;
  readonly match: keyof typeof matches;
  readonly ignoreCase?: boolean;
  readonly sort: keyof typeof sortColumns;
  readonly asc?: boolean;
}

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list targets")
    .description("Lists targets, newest first unless told otherwise.")
    .option("--filter-name <text>", "only targets whose name matches this text")
    .addOption(
      new Option("--match <kind>", "how the name must match")
        .choices(Object.keys(matches))
        .default("contains"),
    )
    .option("--ignore-case", "match the name whatever its case")
    .addOption(
      new Option("--sort <column>", "what to sort by")
        .choices(Object.keys(sortColumns))
        .default("created"),
    )
    .addOption(new Option("--asc", "smallest or oldest first").conflicts("desc"))
    .option("--desc", "largest or newest first (default)")
    .action((flags: Flags) => listTargets(flags, io));
  addPageFlags(command, "targets");
  addActionFlags(command);
  addExamples(
    command,
    "targetd target list --filter-name order --sort name --asc",
    "targetd target list --offset 100 --limit 100 --json",
  );
}

async function listTargets(flags: Flags, io: Io): Promise<void> {
  const request = {
    pagination: pageRequest(flags, flags.asc === true),
    sortingColumn: sortColumns[flags.sort],
    filters: nameFilters(flags),
  };
  const answer = await withTargets(flags, io, (client) => client.listTargets(request));
  printAnswer(ListTargetsResponseSchema, answer, flags, io, () => {
    const { targets, pagination } = answer;
    if (targets.length > 0) io.out(targetTable(targets));
    io.err(pageNote("targets", flags, targets.length, pagination));
  });
}

function nameFilters({ filterName, match, ignoreCase }: Flags) {
  if (filterName === undefined) return [];
  const value = { targetName: filterName, method: matches[match][ignoreCase ? 1 : 0] };
  return [{ filter: { case: "targetNameFilter", value } as const }];
}
