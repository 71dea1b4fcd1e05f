/** Does what a plan says: targets, then keys, then executions, so that nothing calls what is not whole. */
import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { parseConditionId } from "../../domain/condition.ts";
import { toConditionMessage } from "../../rpc/condition-message.ts";
import { isConnectionFailure } from "../connection-failure.ts";
import { concurrently } from "./concurrently.ts";
import {
  type ExecutionStep,
  isOpen,
  type KeyStep,
  type Plan,
  type Step,
  type TargetStep,
  writes,
} from "./plan.ts";
import { isOwn, needsKey } from "./plan-executions.ts";
import { type Call, mostCalls } from "./read.ts";
import { repeated } from "./retry.ts";
import { newTarget } from "./target-fields.ts";

const { createTarget, updateTarget, addPublicKey, activatePublicKey, setExecution } =
  ActionService.method;

/** What came of the steps. */
export interface Results {
  /** Ids that the targets have here, by their ids at the source. */
  readonly ids: Map<string, string>;
  /** What went wrong, by the step; a step that writes and is in neither was not begun. */
  readonly errors: Map<Step, string>;
  readonly done: Set<Step>;
}

export interface ApplyOptions {
  readonly call: Call;
  /** Told now and then how far it is. */
  readonly onProgress: (things: string, done: number, of: number) => void;
}

/** The outcomes before anything was done. */
export function noResults({ targets }: Plan): Results {
  const ids = new Map<string, string>();
  for (const { source, existing } of targets) if (existing) ids.set(source.id, existing.id);
  return { ids, errors: new Map(), done: new Set() };
}

/**
 * Takes all steps that write. One that fails does not keep those from being taken that do not need it.
 *
 * @param results what came of each, also when it throws
 * @throws ConnectError when the server or the token is the reason, so that going on is of no use
 */
export async function applyPlan(
  plan: Plan,
  results: Results,
  options: ApplyOptions,
): Promise<void> {
  const { call, onProgress } = options;
  const run = async <S extends Step>(
    things: string,
    steps: readonly S[],
    act: (step: S) => Promise<void>,
    most = mostCalls,
  ) => {
    const todo = steps.filter(writes);
    const take = (step: S) => settled(step, results, () => act(step));
    await concurrently(todo, most, take, (done) => onProgress(things, done, todo.length));
  };
  const [made, changed] = divide(plan.targets, ({ existing }) => existing === undefined);
  await run("targets", made, (step) => createOne(step, results, call));
  await run("public keys", plan.keys, (step) => applyKey(step, results, call));
  // Only now: one that is called already may encrypt from here on, and needs its key for that.
  await run("changes of targets", changed, (step) => changeOne(step, plan, results, call));
  const needed = unfinished(plan, results);
  const set = (step: ExecutionStep) => applyExecution(step, { results, needed }, call);
  const [around, others] = divide(plan.executions, ({ id }) => isOwn(id));
  await run("executions", others, set);
  // Last and one by one, as each of these may be met by the calls that set those after it.
  await run("executions of targetd itself", around, set, 1);
}

function divide<S>(steps: readonly S[], belongs: (step: S) => boolean): readonly [S[], S[]] {
  return [steps.filter(belongs), steps.filter((step) => !belongs(step))];
}

/** Targets that something is missing of, by their ids at the source. */
function unfinished({ targets, keys }: Plan, { errors }: Results): ReadonlySet<string> {
  const broken = keys.filter(
    (step) => (errors.has(step) || isOpen(step)) && step.source.active && needsKey(step.target),
  );
  return new Set([
    ...targets.filter((step) => errors.has(step)).map(({ source }) => source.id),
    ...broken.map(({ target }) => target.source.id),
  ]);
}

async function settled(step: Step, { done, errors }: Results, act: () => Promise<void>) {
  try {
    await act();
    done.add(step);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    errors.set(step, error.rawMessage);
    if (isFatal(error)) throw error;
  }
}

/** Errors that the next call would have as well. */
const fatal: ReadonlySet<Code> = new Set([
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Canceled,
]);

/** A target that an execution calls can forward such a code too, and means this one call. */
function isFatal(error: ConnectError): boolean {
  if (isConnectionFailure(error)) return true;
  const forwarded = error
    .findDetails(ErrorInfoSchema)
    .some(({ reason }) => reason === "TARGET_FORWARDED_ERROR");
  return fatal.has(error.code) && !forwarded;
}

async function createOne({ source }: TargetStep, { ids }: Results, call: Call): Promise<void> {
  // The same for every repetition of this call, so that a lost answer makes no second target.
  const request = { ...newTarget(source), requestId: randomUUID() };
  const { id } = await repeated(() => call(createTarget, request));
  ids.set(source.id, id);
}

async function changeOne(
  { source, existing, paths }: TargetStep,
  plan: Plan,
  results: Results,
  call: Call,
): Promise<void> {
  if (unfinished(plan, results).has(source.id)) {
    throw notSet("the public key that it needs could not be brought over");
  }
  const { id = "", etag = "" } = existing ?? {};
  const fields = { ...newTarget(source), disabled: source.disabled === true };
  const updateMask = { paths: [...paths] };
  const request = { ...fields, id, etag, updateMask, requestId: randomUUID() };
  await repeated(() => call(updateTarget, request));
}

async function applyKey(step: KeyStep, { ids }: Results, call: Call): Promise<void> {
  const { source, target, existing } = step;
  const targetId = ids.get(target.source.id);
  if (targetId === undefined) throw notSet("its target could not be brought over");
  const { publicKey, expirationDate } = source;
  const requestId = randomUUID();
  const request = { targetId, publicKey, requestId, ...(expirationDate && { expirationDate }) };
  const keyId = existing?.keyId ?? (await repeated(() => call(addPublicKey, request))).keyId;
  if (source.active) await repeated(() => call(activatePublicKey, { targetId, keyId }));
}

interface Brought {
  readonly results: Results;
  /** Targets that something is missing of. */
  readonly needed: ReadonlySet<string>;
}

async function applyExecution(
  { id, targets }: ExecutionStep,
  { results, needed }: Brought,
  call: Call,
): Promise<void> {
  const condition = parseConditionId(id);
  const missing = targets.find((target) => needed.has(target));
  if (condition === undefined || missing !== undefined) {
    throw notSet(`it calls ${missing}, which could not be brought over`);
  }
  const list = targets.flatMap((target) => results.ids.get(target) ?? []);
  const request = { condition: toConditionMessage(condition), targets: list };
  await repeated(() => call(setExecution, request));
}

function notSet(reason: string): ConnectError {
  return new ConnectError(reason, Code.FailedPrecondition);
}
