/** Bounds on calls that wait, as data. */
import { defaultOverloadLimits, type OverloadLimits } from "../../../src/server/overload/limits.ts";
import type { TestApp } from "../../support/app.ts";
import { openDoors } from "../../support/doors.ts";
import type { FakeLoop } from "../../support/fake-loop.ts";
import { holdBody } from "./body-bounds.ts";

export interface OverloadBound {
  readonly bound: string;
  /** As the documentation shows it. */
  readonly limit: string;
  /** Smaller limits to try with. */
  readonly triedWith: Partial<OverloadLimits>;
  readonly outcomes: readonly [string, string];
  /** Goes to the limit, or one beyond, before a call shows what its caller sees. */
  readonly reach: (app: TestApp, loop: FakeLoop, over: 0 | 1) => Promise<void>;
}

const { patienceMs, calls } = defaultOverloadLimits;
const outcomes = ["OK", "RESOURCE_EXHAUSTED TARGETD-OVERLOADED"] as const;

/** The outcome of a call. */
export async function outcomeOf({ url, tokens }: TestApp): Promise<string> {
  const doors = openDoors(url);
  const [door] = doors.all;
  const { code, id } = (await door?.call("ListTargets", {}, { token: tokens.owner })) ?? {};
  doors.close();
  return id === undefined ? String(code) : `${code} ${id}`;
}

export const overloadBounds: readonly OverloadBound[] = [
  {
    bound: "Wait for the event loop, when more than a few come together",
    limit: `${patienceMs.toLocaleString("en-US")} ms`,
    triedWith: { few: 1 },
    outcomes,
    async reach(app, loop, over) {
      await outcomeOf(app);
      loop.work(patienceMs + over);
    },
  },
  {
    bound: "Unary calls under way, those included that wait for targets",
    limit: calls.toLocaleString("en-US"),
    triedWith: { calls: 3 },
    outcomes,
    async reach({ url, tokens }, _loop, over) {
      const server = { url, token: tokens.owner };
      for (let held = 0; held < 2 + over; held++) await holdBody(server, 0);
    },
  },
];
