/** Brings together what two people changed of the same target. */
import { type FieldName, fieldNames, isSame, type TargetFields } from "./fields.ts";

export type Side = "mine" | "theirs";

/** What became of one setting. */
export interface FieldDifference {
  readonly name: FieldName;
  /** Who changed it; "both" to different values, which is a conflict. */
  readonly by: Side | "both";
}

export interface Versions {
  /** What both began with. */
  readonly base: TargetFields;
  readonly mine: TargetFields;
  /** What the server has now. */
  readonly theirs: TargetFields;
}

/** The settings that either changed. Where both changed one to the same value, it is theirs. */
export function differences({ base, mine, theirs }: Versions): readonly FieldDifference[] {
  return fieldNames.flatMap((name) => {
    const byMe = !isSame(name, base, mine);
    const byThem = !isSame(name, base, theirs);
    if (byMe && byThem && !isSame(name, mine, theirs)) return { name, by: "both" as const };
    if (byThem) return { name, by: "theirs" as const };
    return byMe ? { name, by: "mine" as const } : [];
  });
}

/**
 * The settings that come of it.
 *
 * @param choices for each conflict; without one it stays as the server has it
 */
export function merge(versions: Versions, choices: ReadonlyMap<FieldName, Side>): TargetFields {
  const { mine, theirs } = versions;
  const kept = differences(versions).filter(
    ({ name, by }) => by === "mine" || (by === "both" && choices.get(name) === "mine"),
  );
  const values = kept.map(({ name }) => ({ [name]: mine[name] }));
  return Object.assign({ ...theirs }, ...values);
}
