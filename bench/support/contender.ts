/** Servers that are compared, each in a process of its own on the measured core. */
import { join } from "node:path";
import type { Order } from "../load/order.ts";
import { cores, startChild } from "./child.ts";

export interface Contender {
  readonly name: string;
  /** What it is asked. */
  readonly target: Pick<Order, "protocol" | "port" | "headers" | "calls" | "method">;
  readonly pid: number;
  end(): Promise<void>;
}

/** @param args a program of ../contenders with what it is given */
export async function startContender(
  name: string,
  args: readonly [program: string, ...rest: string[]],
  target: Omit<Contender["target"], "port">,
): Promise<Contender> {
  const [program, ...rest] = args;
  const path = join(import.meta.dirname, "../contenders", program);
  const options = { core: cores.measured, ready: /listening on (http:\/\/\S+)/ };
  const child = await startChild([path, ...rest], options);
  const port = Number(new URL(child.found).port);
  return { name, target: { ...target, port }, pid: child.pid, end: child.end };
}
