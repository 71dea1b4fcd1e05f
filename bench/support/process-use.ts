/** What a process uses, from /proc; NaN where there is none. */
import { readFileSync } from "node:fs";

/** Processor time so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const fields = read(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  // utime and stime, in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(read(pid, "status")) ?? [];
  return Number(kib) * 1024;
}

/**
 * Tells whether this process, and what it starts, has a real-time policy. Linux stops such processes for 50 ms of each
 * second when they leave no time to others (sched(7), sched_rt_runtime_us), which shows in latencies under full load.
 */
export function isRealTime(): boolean {
  const fields = read(process.pid, "stat").split(") ")[1]?.split(" ") ?? [];
  const realTimePolicies = ["1", "2"];
  return realTimePolicies.includes(fields[38] ?? "");
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
