/** What an import has to do, decided before anything is written. */
import type { PublicKey, Target } from "../../../gen/zitadel/action/v2/target_pb.ts";

/** What is to happen with one thing. */
export type Action =
  /** It is not there. */
  | "create"
  /** It is there with other settings, which --update replaces. */
  | "update"
  /** The key is there, and no other one is in use. */
  | "activate"
  /** It is there as it should be. */
  | "unchanged"
  /** It is there, and only lacks headers, whose values cannot be read from the source. */
  | "incomplete"
  /** The key has expired, so nobody can use it any more. */
  | "expired"
  /** It is there with other settings, which stay. */
  | "differs"
  /** It cannot be brought over. */
  | "conflict";

export interface TargetStep {
  readonly kind: "target";
  readonly action: Action;
  /** What differs, or why it cannot be; else empty. */
  readonly note: string;
  readonly source: Target;
  /** The target of this name, if there is one. */
  readonly existing: Target | undefined;
  /** Mask paths of what --update replaces. */
  readonly paths: readonly string[];
}

export interface KeyStep {
  readonly kind: "public key";
  readonly action: Action;
  readonly note: string;
  readonly target: TargetStep;
  readonly source: PublicKey;
  /** "SHA256:..."; empty for what is no key. */
  readonly fingerprint: string;
  /** The same key, where the target has it already. */
  readonly existing: PublicKey | undefined;
}

export interface ExecutionStep {
  readonly kind: "execution";
  readonly action: Action;
  readonly note: string;
  /** Id of the condition. */
  readonly id: string;
  /** Ids that the targets have at the source, in call order. */
  readonly targets: readonly string[];
}

export type Step = TargetStep | KeyStep | ExecutionStep;

export interface Plan {
  readonly targets: readonly TargetStep[];
  readonly keys: readonly KeyStep[];
  readonly executions: readonly ExecutionStep[];
}

/** All steps, in the order in which they are taken. */
export function stepsOf({ targets, keys, executions }: Plan): readonly Step[] {
  return [...targets, ...keys, ...executions];
}

/** Actions that write. */
const writing: ReadonlySet<Action> = new Set(["create", "update", "activate"]);

export function writes({ action }: Step): boolean {
  return writing.has(action);
}

/** Tells whether somebody has to decide what is to become of it. */
export function isOpen({ action }: Step): boolean {
  return action === "differs" || action === "conflict";
}
