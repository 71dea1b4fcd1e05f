/** The load generator of ../load in a process of its own, on the core that is not measured. */
import { join } from "node:path";
import type { Measured, Order } from "../load/order.ts";
import { cores, startChild } from "./child.ts";

export interface Load {
  /** @throws Error when a connection broke, or an answer was no success */
  run(order: Order): Promise<Measured>;
  end(): Promise<void>;
}

/** What the output says about where the load came from. */
export const loadSource = "load by bench/load, frames of HTTP/2 and HTTP/1.1 by hand";

export async function startLoad(): Promise<Load> {
  const program = join(import.meta.dirname, "../load/main.ts");
  const child = await startChild([program], { core: cores.other, ready: /^(ready)$/ });
  return {
    async run(order) {
      child.write(JSON.stringify(order));
      const answer = JSON.parse(await child.line()) as Measured & { readonly failed?: string };
      if (answer.failed !== undefined) throw new Error(`the load broke off: ${answer.failed}`);
      if (answer.errors === 0 && answer.calls + answer.refused > 0) return answer;
      throw new Error(`${answer.errors} answers were no success, the first: ${answer.firstError}`);
    },
    end: child.end,
  };
}
