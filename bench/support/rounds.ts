/** Rounds in which contenders take turns, so that what else the machine does meets all of them. */
import { medianOf } from "../report.ts";
import type { Contender } from "./contender.ts";
import type { Load } from "./load.ts";
import { cpuSeconds, residentBytes } from "./process-use.ts";

export const rounds = 5;
const milliseconds = 1_000;
/** The longer the way of a call, the later it is compiled: targetd's takes a third less after ten seconds. */
const warmUpMilliseconds = 10_000;

/** Middle, least and most of the rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What one contender did. */
export interface Standing {
  readonly name: string;
  readonly perSecond: Spread;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  /** Processor time of the server, in microseconds a call. */
  readonly cpu: Spread;
  /** Processor time of the generator, in microseconds a call. */
  readonly loadCpu: Spread;
  /** Bytes. */
  readonly resident: number;
}

export interface Width {
  readonly connections: number;
  /** Calls at the same time on each. */
  readonly streams: number;
}

/** Lets the compilers of all contenders do their work before anything is measured. */
export async function warmUp(load: Load, contenders: readonly Contender[], width: Width) {
  for (const { target } of contenders) {
    await load.run({ ...target, ...width, milliseconds: warmUpMilliseconds });
  }
}

/**
 * @param between called after each round
 * @throws Error when an answer was no success
 */
export async function takeTurns(
  load: Load,
  contenders: readonly Contender[],
  width: Width,
  between: () => Promise<void> = async () => undefined,
): Promise<readonly Standing[]> {
  const found = contenders.map(() => ({
    ...{ perSecond: [] as number[], p50: [] as number[], p99: [] as number[] },
    ...{ cpu: [] as number[], loadCpu: [] as number[] },
  }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { target, pid }] of contenders.entries()) {
      const before = cpuSeconds(pid);
      const measured = await load.run({ ...target, ...width, milliseconds });
      const { calls, seconds, p50, p99, cpu: loadCpu } = measured;
      const cpu = ((cpuSeconds(pid) - before) * 1e6) / calls;
      const values = { perSecond: calls / seconds, p50, p99, cpu, loadCpu };
      for (const name of Object.keys(values) as (keyof typeof values)[]) {
        found[index]?.[name].push(values[name]);
      }
    }
    await between();
  }
  return contenders.map(({ name, pid }, index) => {
    const { perSecond = [], p50 = [], p99 = [], cpu = [], loadCpu = [] } = found[index] ?? {};
    return {
      ...{ name, perSecond: spreadOf(perSecond), p50: spreadOf(p50), p99: spreadOf(p99) },
      ...{ cpu: spreadOf(cpu), loadCpu: spreadOf(loadCpu), resident: residentBytes(pid) },
    };
  });
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: medianOf(values), least: Math.min(...values), most: Math.max(...values) };
}
