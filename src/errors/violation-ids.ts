/**
 * The id of the first violation of a field, where ZITADEL has one (contract.md section 9). Keys are
 * message and field path in proto spelling, with the kind of violation where ids differ by it.
 */
export const violationIds: ReadonlyMap<string, string> = new Map([
  ["CreateTargetRequest.name", "COMMAND-ddqbm9us5p"],
  ["CreateTargetRequest.timeout", "COMMAND-39f35d8uri"],
  ["CreateTargetRequest.endpoint", "COMMAND-1r2k6qo6wg"],
  ["CreateTargetRequest.endpoint:denied", "COMMAND-NcJUKo"],
  ["UpdateTargetRequest.id", "COMMAND-1l6ympeagp"],
  ["UpdateTargetRequest.name", "COMMAND-d1wx4lm0zr"],
  ["UpdateTargetRequest.timeout", "COMMAND-08b39vdi57"],
  ["UpdateTargetRequest.endpoint", "COMMAND-jsbaera7b6"],
  ["UpdateTargetRequest.endpoint:denied", "COMMAND-jKbbu2"],
  ["DeleteTargetRequest.id", "COMMAND-obqos2l3no"],
  ["ListTargetsRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListTokensRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListInstancesRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListPublicKeysRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListExecutionsRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListTargetsRequest.filters.filter", "GRPC-vR9nC"],
  ["ListPublicKeysRequest.filters.filter", "GRPC-vR9nC"],
  ["ListExecutionsRequest.filters.filter", "GRPC-vR9nC"],
  ["SetExecutionRequest.condition", "ACTION-5r5Ju"],
  ["SetExecutionRequest.condition.condition_type", "ACTION-5r5Ju"],
  ["SetExecutionRequest.condition.request.condition", "ACTION-5r5Ju"],
  ["SetExecutionRequest.condition.response.condition", "ACTION-5r5Ju"],
  ["SetExecutionRequest.condition.event.condition", "ACTION-5r5Ju"],
]);
