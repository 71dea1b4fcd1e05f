import { CallGate, type CallGateParts } from "../../src/server/overload/call-gate.ts";

/** A gate that nobody listens to, in front of a store without a queue. */
export function quietGate(parts: Partial<CallGateParts> = {}): CallGate {
  const nothing = () => undefined;
  const listener = { began: nothing, ended: nothing, refused: nothing };
  return new CallGate({ storeQueue: { length: 0, since: 0 }, listener, ...parts });
}
