/** How many targets and executions instances have. The row of an instance is locked after its targets. */
import type { InstanceId } from "../../domain/units.ts";
import { quotaStates } from "./errors.ts";
import type { Transaction } from "./session.ts";

/** What is added, or with a minus taken away. */
export interface Added {
  readonly targets?: number;
  readonly executions?: number;
}

/** Most that there may be then; no bound without it. */
export interface Quotas {
  readonly targets?: number | undefined;
  readonly executions?: number | undefined;
}

const atMost = (number: string, most: string) =>
  `at_most(${number}, ${most}, '${quotaStates.exceeded}')`;

/** Counts what is written. Fails with `quota-exceeded`. */
export function countUsage(
  transaction: Transaction,
  instance: InstanceId,
  { targets = 0, executions = 0 }: Added,
  most: Quotas = {},
): void {
  if (targets === 0 && executions === 0) return;
  transaction.send(
    `INSERT INTO usage AS used (instance_id, targets, executions)
     VALUES ($1, ${atMost("$2::bigint", "$4::bigint")}, ${atMost("$3::bigint", "$5::bigint")})
     ON CONFLICT (instance_id) DO UPDATE
       SET targets = ${atMost("used.targets + excluded.targets", "$4")},
         executions = ${atMost("used.executions + excluded.executions", "$5")}`,
    [instance, targets, executions, most.targets ?? null, most.executions ?? null],
  );
}
