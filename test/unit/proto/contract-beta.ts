/**
 * The messages of zitadel.action.v2beta: which there are, written down by hand, and their fields,
 * derived from those of zitadel.action.v2 by what contract.md section 1 says of them.
 */
import type { Shape } from "../../support/descriptor-shape.ts";
import { contractEnums } from "./contract-enums.ts";
import { contractMessages } from "./contract-messages.ts";

const messages = `
  action: Target RESTWebhook RESTCall RESTAsync
  action: CreateTargetRequest CreateTargetResponse UpdateTargetRequest UpdateTargetResponse
  action: DeleteTargetRequest DeleteTargetResponse GetTargetRequest GetTargetResponse
  action: ListTargetsRequest ListTargetsResponse SetExecutionRequest SetExecutionResponse
  action: ListExecutionsRequest ListExecutionsResponse
  action: ListExecutionFunctionsRequest ListExecutionFunctionsResponse
  action: ListExecutionMethodsRequest ListExecutionMethodsResponse
  action: ListExecutionServicesRequest ListExecutionServicesResponse
  action: Execution Condition RequestExecution ResponseExecution FunctionExecution EventExecution
  action: TargetSearchFilter TargetNameFilter InTargetIDsFilter
  action: ExecutionSearchFilter InConditionsFilter ExecutionTypeFilter TargetFilter
  filter: PaginationRequest PaginationResponse`;

const enums = `
  action: TargetFieldName ExecutionType ExecutionFieldName
  filter: TextFilterMethod`;

/** Full names in the older and in the current version. */
function pairs(table: string): [beta: string, current: string][] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/:? /))
    .flatMap(([area, ...names]) =>
      names.map((name): [string, string] => [
        `zitadel.${area}.v2beta.${name}`,
        `zitadel.${area}.v2.${name}`,
      ]),
    );
}

/** No payload type, nothing of targetd's own, and nested types of the same version. */
function subset(shape: Shape): Shape {
  const kept = Object.entries(shape).filter(([name, field]) => {
    const number = Number(field.slice(field.lastIndexOf(" ")));
    return name !== "payload_type" && number < 100;
  });
  return Object.fromEntries(
    kept.map(([name, field]) => [name, field.replace(/(zitadel\.\w+)\.v2\./, "$1.v2beta.")]),
  );
}

function found<T>(table: ReadonlyMap<string, T>, name: string): T {
  const entry = table.get(name);
  if (entry === undefined) throw new Error(`the contract has no ${name}`);
  return entry;
}

/** Every message of the beta with its namesake. */
export const betaPairs = pairs(messages);

/** Fields of every message by its full name. */
export const betaMessages: ReadonlyMap<string, Shape> = new Map(
  betaPairs.map(([beta, current]) => [beta, subset(found(contractMessages, current))]),
);

/** Numbers by value, of every enum by its full name. */
export const betaEnums: ReadonlyMap<string, Readonly<Record<string, number>>> = new Map(
  pairs(enums).map(([beta, current]) => [beta, found(contractEnums, current)]),
);
