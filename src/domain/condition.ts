/**
 * What must happen for an execution to run (contract.md section 6). A condition and its id say the
 * same; the id is what is stored, sorted and looked up.
 */
declare const brand: unique symbol;

/**
 * Id of a condition: "request", "request/<service>", "request/<service>/<method>", the same with
 * "response", "function/<name>", "event", "event/<group>.*", "event/<type>".
 */
export type ConditionId = string & { readonly [brand]: "ConditionId" };

export const conditionId = (value: string): ConditionId => value as ConditionId;

/** First part of the id, and the type that lists are filtered by. */
export type ConditionKind = "request" | "response" | "function" | "event";

/** A condition taken apart. */
export type Condition =
  | { readonly kind: "request" | "response"; readonly scope: "all" }
  | { readonly kind: "request" | "response"; readonly scope: "service"; readonly service: string }
  | {
      readonly kind: "request" | "response";
      readonly scope: "method";
      readonly service: string;
      readonly method: string;
    }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "event"; readonly scope: "all" }
  | { readonly kind: "event"; readonly scope: "group"; readonly group: string }
  | { readonly kind: "event"; readonly scope: "type"; readonly type: string };
