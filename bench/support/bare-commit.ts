/** Bare commits in a process of their own on the measured core. */
import { join } from "node:path";
import { cores, startChild } from "./child.ts";

export async function startBareCommit() {
  const program = join(import.meta.dirname, "../contenders/bare-commit.ts");
  const child = await startChild([program], { core: cores.measured, ready: /^(ready)$/ });
  return {
    /** The median of the commits of so many milliseconds, in milliseconds. */
    async median(milliseconds: number): Promise<number> {
      child.write(String(milliseconds));
      return Number(await child.line());
    },
    end: child.end,
  };
}
