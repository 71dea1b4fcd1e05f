/** What a call can cost at least: raw undici, in a process of its own on the measured core. */
import { join } from "node:path";
import { cores, startChild } from "./child.ts";

export interface RawPosts {
  readonly perSecond: number;
  /** Processor time of a call in microseconds. */
  readonly cpu: number;
}

/** @param atOnce calls at the same time */
export async function postRaw(url: string, calls: number, atOnce: number): Promise<RawPosts> {
  const program = join(import.meta.dirname, "poster.ts");
  const poster = await startChild([program, url, String(calls), String(atOnce)], {
    ...{ core: cores.measured, ready: /^posted (.+)/ },
  });
  const [perSecond = 0, cpu = 0] = poster.found.split(" ").map(Number);
  return { perSecond, cpu };
}
