/** Tables of what contenders did. */
import { printTable } from "../report.ts";
import type { Spread, Standing } from "./rounds.ts";

const head = [
  ...["", "calls/s", "least", "most", "of targetd", "p50 ms", "p99 ms"],
  ...["CPU µs", "load CPU µs", "MiB"],
];

/** Prints each contender with what targetd, the last one, reaches of it. */
export function printStandings(standings: readonly Standing[]): void {
  const own = standings.at(-1);
  printTable(
    head,
    standings.map(({ name, perSecond, p50, p99, cpu, loadCpu, resident }) => [
      name,
      ...[perSecond.median, perSecond.least, perSecond.most].map((value) => value.toFixed(0)),
      ratioOf(own?.perSecond, perSecond),
      ...[p50, p99].map(({ median }) => median.toFixed(2)),
      ...[cpu, loadCpu].map(({ median }) => median.toFixed(0)),
      (resident / 1024 ** 2).toFixed(0),
    ]),
  );
}

function ratioOf(own: Spread | undefined, other: Spread): string {
  return ((own?.median ?? Number.NaN) / other.median).toFixed(2);
}

/** A goal of the project and what was reached. */
export interface Goal {
  readonly name: string;
  readonly reached: number;
  /** The goal is met when what was reached is so much, or so little where less is better. */
  readonly goal: number;
  readonly less?: boolean;
}

export function printGoals(goals: readonly Goal[]): void {
  console.log();
  printTable(
    ["goal", "reached", "wanted", ""],
    goals.map(({ name, reached, goal, less = false }) => [
      name,
      reached.toFixed(2),
      `${less ? "<=" : ">="} ${goal}`,
      (less ? reached <= goal : reached >= goal) ? "met" : "missed",
    ]),
  );
}

/** What targetd, the last one, reaches of the contender of that name, in calls a second. */
export function reachedOf(standings: readonly Standing[], name: string): number {
  const other = standings.find((standing) => standing.name === name);
  const own = standings.at(-1);
  if (other === undefined || own === undefined) throw new Error(`there is no ${name}`);
  return own.perSecond.median / other.perSecond.median;
}
