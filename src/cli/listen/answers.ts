/** What calls are answered with: a chosen answer, or that of another receiver. */
import { setTimeout as delay } from "node:timers/promises";
import { attemptCounter, conditionOf, contentOf, type Delivery } from "./delivery.ts";
import { forward } from "./forward.ts";
import type { Judged } from "./judge.ts";
import type { Received, Reply } from "./receiver.ts";

/** What genuine calls get; others get 401. */
export interface AnswerPlan {
  readonly status: number;
  readonly body: string;
  /** Before the answer, or before the call is forwarded; in milliseconds. */
  readonly delay: number;
  /** Where calls are forwarded to, in place of the chosen answer. */
  readonly forward: string | undefined;
}

export interface AnswererParts {
  readonly plan: AnswerPlan;
  readonly judge: (call: Received) => Promise<Judged>;
  /** Told of each call as it is answered. */
  readonly onDelivery: (delivery: Delivery) => void;
  /** Aborted when the listener stops: nothing is waited for any more. */
  readonly signal: AbortSignal;
}

/** Returns the function that answers calls. */
export function createAnswerer(parts: AnswererParts): (call: Received) => Promise<Reply> {
  const { judge, onDelivery } = parts;
  const count = attemptCounter();
  return async (call) => {
    const begun = performance.now();
    const judged = await judge(call);
    const content = contentOf(judged);
    const { reply, forwarded } = await answer(call, judged, parts);
    const webhookId = call.headers["webhook-id"]?.toString();
    onDelivery({
      ...{ call, judged, content, condition: conditionOf(content), webhookId },
      attempt: count(webhookId),
      ...{ reply, forwarded },
      duration: performance.now() - begun,
    });
    return reply;
  };
}

async function answer(
  call: Received,
  { verdict }: Judged,
  { plan, signal }: AnswererParts,
): Promise<Pick<Delivery, "reply" | "forwarded">> {
  // As a receiver should, and so that nobody else reaches what is behind --forward.
  if (verdict.kind === "forged") return { reply: plainReply(401, ""), forwarded: undefined };
  await delay(plan.delay, undefined, { signal }).catch(() => undefined);
  const { forward: url } = plan;
  if (url === undefined) return { reply: plainReply(plan.status, plan.body), forwarded: undefined };
  const outcome = await forward(url, call, signal);
  if (outcome.kind === "answered") {
    return { reply: outcome.reply, forwarded: { url, error: undefined } };
  }
  return { reply: plainReply(502, ""), forwarded: { url, error: outcome.message } };
}

function plainReply(status: number, text: string): Reply {
  const type = isJson(text) ? "application/json" : "text/plain; charset=utf-8";
  return { status, headers: text === "" ? {} : { "content-type": type }, body: Buffer.from(text) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
