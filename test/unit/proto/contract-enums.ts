/** The enums of contract.md section 3 and of targetd.v1, written down by hand: prefix and values, in order from 0. */
const enums: readonly [name: string, prefix: string, values: string][] = [
  ["zitadel.action.v2.PayloadType", "PAYLOAD_TYPE_", "UNSPECIFIED JSON JWT JWE"],
  [
    "zitadel.action.v2.TargetFieldName",
    "TARGET_FIELD_NAME_",
    "UNSPECIFIED ID CREATED_DATE CHANGED_DATE NAME TARGET_TYPE URL TIMEOUT INTERRUPT_ON_ERROR",
  ],
  [
    "zitadel.action.v2.ExecutionType",
    "EXECUTION_TYPE_",
    "UNSPECIFIED REQUEST RESPONSE EVENT FUNCTION",
  ],
  [
    "zitadel.action.v2.ExecutionFieldName",
    "EXECUTION_FIELD_NAME_",
    "UNSPECIFIED ID CREATED_DATE CHANGED_DATE",
  ],
  [
    "zitadel.action.v2.PublicKeyFieldName",
    "PUBLIC_KEY_FIELD_NAME_",
    "UNSPECIFIED CREATION_DATE CHANGE_DATE EXPIRATION_DATE",
  ],
  [
    "zitadel.filter.v2.TextFilterMethod",
    "TEXT_FILTER_METHOD_",
    "EQUALS EQUALS_IGNORE_CASE STARTS_WITH STARTS_WITH_IGNORE_CASE CONTAINS CONTAINS_IGNORE_CASE ENDS_WITH ENDS_WITH_IGNORE_CASE",
  ],
  [
    "zitadel.filter.v2.TimestampFilterMethod",
    "TIMESTAMP_FILTER_METHOD_",
    "EQUALS AFTER AFTER_OR_EQUALS BEFORE BEFORE_OR_EQUALS",
  ],
  ["targetd.v1.KeyAlgorithm", "KEY_ALGORITHM_", "UNSPECIFIED RS256 ES256 EDDSA"],
  ["targetd.v1.InstanceKey.State", "STATE_", "UNSPECIFIED NEXT CURRENT PREVIOUS"],
  [
    "targetd.v1.ResourceType",
    "RESOURCE_TYPE_",
    "UNSPECIFIED TARGET TOKEN INSTANCE CALL EXECUTION CATALOG DELIVERY",
  ],
  ["targetd.v1.DeliveryState", "DELIVERY_STATE_", "UNSPECIFIED PENDING SUCCEEDED FAILED CANCELLED"],
  ["targetd.v1.TargetResult.Outcome", "OUTCOME_", "UNSPECIFIED SUCCEEDED FAILED"],
];

/** Numbers by value, of every enum by its full name. */
export const contractEnums: ReadonlyMap<string, Readonly<Record<string, number>>> = new Map(
  enums.map(([name, prefix, values]) => [
    name,
    Object.fromEntries(values.split(" ").map((value, number) => [`${prefix}${value}`, number])),
  ]),
);
