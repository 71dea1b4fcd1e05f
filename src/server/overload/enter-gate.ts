/** The gate in front of calls that connect-node serves, which answers only what its own gate has thrown. */
import type { DescMethod } from "@bufbuild/protobuf";
import { type ContextValues, createContextKey } from "@connectrpc/connect";
import type { ApiError } from "../../errors/api-error.ts";
import { methodName } from "../../rpc/method-table.ts";
import type { UnaryParts } from "../unary/call.ts";

const refusalKey = createContextKey<ApiError | undefined>(undefined);

/**
 * Asks the gate about a unary call of the pipeline, for {@link throwRefusal}.
 *
 * @returns to be called when the call has ended
 */
export function enterGate(
  { gate, methods }: Pick<UnaryParts, "gate" | "methods">,
  method: DescMethod,
  connection: object,
  values: ContextValues,
): () => void {
  const access = methods.get(methodName(method))?.access;
  if (method.methodKind !== "unary" || access?.case === "public") return () => undefined;
  const refusal = gate.enter(connection);
  if (refusal === undefined) return () => gate.leave();
  values.set(refusalKey, refusal);
  return () => undefined;
}

/** @throws ApiError when the gate did not let the call in */
export function throwRefusal(values: ContextValues): void {
  const refusal = values.get(refusalKey);
  if (refusal !== undefined) throw refusal;
}
