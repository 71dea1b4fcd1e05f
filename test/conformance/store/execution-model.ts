/** What a store does with the executions of one instance, in memory and in the plainest way. */
import type { ConditionId } from "../../../src/domain/condition.ts";
import type { Execution } from "../../../src/domain/execution.ts";
import { type Micros, micros, targetId } from "../../../src/domain/units.ts";
import type { ExecutionFilter, ExecutionQuery } from "../../../src/store/execution-store.ts";
import type { Page } from "../../../src/store/store.ts";

export class ExecutionModel {
  readonly #targets: Set<string>;
  readonly #executions = new Map<ConditionId, Execution>();

  constructor(targets: readonly string[]) {
    this.#targets = new Set(targets);
  }

  hasTarget(id: string): boolean {
    return this.#targets.has(id);
  }

  set(id: ConditionId, list: readonly string[], at: Micros): Execution {
    const current = this.#executions.get(id);
    const execution = {
      id,
      createdAt: current?.createdAt ?? at,
      changedAt: current === undefined ? at : micros(Math.max(at, current.changedAt + 1)),
      targets: list.map(targetId),
    };
    this.#executions.set(id, execution);
    return execution;
  }

  remove(target: string, at: Micros): void {
    if (!this.#targets.delete(target)) return;
    for (const { id, targets } of [...this.#executions.values()]) {
      const left = targets.filter((each) => each !== target);
      if (left.length < targets.length) this.set(id, left, at);
    }
  }

  find(candidates: readonly ConditionId[]): readonly [ConditionId, readonly string[]] | undefined {
    for (const id of candidates) {
      const { targets = [] } = this.#executions.get(id) ?? {};
      if (targets.length > 0) return [id, targets];
    }
    return undefined;
  }

  list({ filters, sort, ascending, offset, limit }: ExecutionQuery): Page<Execution> {
    const matches = [...this.#executions.values()]
      .filter(({ targets }) => targets.length > 0)
      .filter((execution) => filters.every((filter) => filterMatches(filter, execution)))
      .sort((a, b) => (sort === "id" ? 0 : a[sort] - b[sort]) || byBytes(a.id, b.id));
    const sorted = ascending ? matches : matches.reverse();
    return { items: sorted.slice(offset, offset + limit), total: matches.length };
  }
}

function filterMatches(filter: ExecutionFilter, { id, targets }: Execution): boolean {
  if (filter.by === "conditions") return filter.ids.includes(id);
  if (filter.by === "target") return targets.includes(filter.target);
  return id.split("/")[0] === filter.kind;
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
