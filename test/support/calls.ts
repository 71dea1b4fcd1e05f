/** Calls to targets as the program makes them, with a policy that a test can read at a glance. */
import { onTestFinished } from "vitest";
import { defaultInstance, nanoseconds } from "../../src/domain/units.ts";
import type { EgressPolicy, EgressVerdict } from "../../src/egress/egress.ts";
import { createGuardedAgent, type GuardedAgentParts } from "../../src/egress/guarded-agent.ts";
import type { AnswerLimits } from "../../src/execution/answer-reader.ts";
import { type CallRequest, createCall } from "../../src/execution/call.ts";
import type {
  AnsweredCall,
  CallResult,
  CancelledCall,
  FailedCall,
} from "../../src/execution/outcome.ts";

const refused: EgressVerdict = { allowed: false, rule: "not-listed", description: "is not listed" };

/** Allows these addresses, and every endpoint. */
export function allowOnly(...addresses: readonly string[]): EgressPolicy {
  return {
    judgeEndpoint: () => ({ allowed: true }),
    judgeAddress: ({ address }) => (addresses.includes(address) ? { allowed: true } : refused),
  };
}

/** Allows the addresses of this machine. */
export const allowLoopback = allowOnly("127.0.0.1", "::1");

export interface TestCallParts extends Partial<GuardedAgentParts> {
  readonly answers?: Partial<AnswerLimits>;
}

export interface TestCall {
  /** Calls with "{}" and a time limit that no test reaches unless it says so. */
  post(endpoint: string, request?: Partial<CallRequest>): Promise<CallResult>;
  close(): Promise<void>;
}

/** Closes everything when the test ends. */
export function openCalls({ answers, ...parts }: TestCallParts = {}): TestCall {
  const agent = createGuardedAgent({ policy: allowLoopback, ...parts });
  onTestFinished(() => agent.close());
  const call = createCall({ agent, version: "1.2.3", limits: answers ?? {} });
  return {
    close: () => agent.close(),
    post: (endpoint, request) =>
      call({
        instance: defaultInstance,
        endpoint,
        timeout: milliseconds(20_000),
        headers: [],
        body: Buffer.from("{}"),
        ...request,
      }),
  };
}

export const milliseconds = (value: number) => nanoseconds(value * 1e6);

/** Finds names in a table; several lists for a name take turns. */
export function namesOf(table: Readonly<Record<string, readonly (readonly string[])[]>>) {
  const asked: string[] = [];
  const lookup = async (host: string) => {
    const answers = table[host];
    if (answers === undefined) throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    const turn = asked.filter((name) => name === host).length;
    asked.push(host);
    return answers[turn % answers.length] ?? [];
  };
  return { lookup, asked };
}

export function answered(result: CallResult): AnsweredCall {
  if (result.kind !== "answered") throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result;
}

export function failed(result: CallResult): FailedCall {
  if (result.kind !== "failed") throw new Error(`no failure but ${result.kind}`);
  return result;
}

export function cancelled(result: CallResult): CancelledCall {
  if (result.kind !== "cancelled") throw new Error(`not cancelled but ${result.kind}`);
  return result;
}

/** Where a call failed, for tables: "headers", or "headers, timed out". */
export function failureOf(result: CallResult): string {
  const { stage, timedOut } = failed(result);
  return timedOut ? `${stage}, timed out` : stage;
}
