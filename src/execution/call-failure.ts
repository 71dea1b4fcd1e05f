import type { FailureStage } from "./outcome.ts";

/** Ends a call, for a reason that its result tells. */
export class CallFailure extends Error {
  readonly stage: FailureStage;

  /** @param message for the owner of the target: no secret, no text of the receiver */
  constructor(stage: FailureStage, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "CallFailure";
    this.stage = stage;
  }
}
