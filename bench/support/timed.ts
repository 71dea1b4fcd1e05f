/** Many calls of one kind, some at a time, within this process. */

export interface Timed {
  readonly perSecond: number;
  /** Processor time of this process, in microseconds a call. */
  readonly cpu: number;
}

/** @param atOnce calls at the same time */
export async function timeCalls(
  call: () => Promise<void>,
  calls: number,
  atOnce: number,
): Promise<Timed> {
  const begun = performance.now();
  const used = process.cpuUsage();
  let left = calls;
  const run = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: atOnce }, run));
  const perSecond = (calls * 1000) / (performance.now() - begun);
  const { user, system } = process.cpuUsage(used);
  return { perSecond, cpu: (user + system) / calls };
}
