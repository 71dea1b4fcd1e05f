/** Every permission that a token can have; a test compares them with the options of the methods. */
export const permissionNames: readonly string[] = [
  "action.target.read",
  "action.target.write",
  "action.target.delete",
  "action.target.test",
  "action.execution.read",
  "action.execution.write",
  "action.execution.call",
  "action.event.write",
  "action.delivery.read",
  "action.delivery.write",
  "action.catalog.write",
  "iam.audit.read",
  "iam.backup.write",
  "iam.instance.write",
  "iam.token.write",
];
