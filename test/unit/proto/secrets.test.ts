import { expect, test } from "vitest";
import { apiFields, fieldName, isRedacted } from "../../support/redacted-fields.ts";

/** contract.md section 3, "Secrets". Ids and dates of keys are no secrets. */
const secrets = [
  "targetd.v1.CreateInstanceResponse.access_token",
  "targetd.v1.CreateTokenResponse.access_token",
  "zitadel.action.v2.CreateTargetRequest.headers",
  "zitadel.action.v2.CreateTargetResponse.signing_key",
  "zitadel.action.v2.Target.headers",
  "zitadel.action.v2.Target.signing_key",
  "zitadel.action.v2.UpdateTargetRequest.headers",
  "zitadel.action.v2.UpdateTargetResponse.signing_key",
  "zitadel.action.v2beta.CreateTargetResponse.signing_key",
  "zitadel.action.v2beta.Target.signing_key",
  "zitadel.action.v2beta.UpdateTargetResponse.signing_key",
];

const fields = await apiFields();

test("exactly the secret fields are redacted", () => {
  expect(fields.filter(isRedacted).map(fieldName).sort()).toEqual(secrets);
});

test("no field that is named like a secret is left out", () => {
  const suspicious = /(^|_)(headers|password|private_key|secret|signing_key|(?<!page_)token)$/;
  // A page token names a place in a list. A message is no secret itself: expiration_signing_key is a length of time.
  const named = fields.filter(
    (field) => field.message === undefined && suspicious.test(field.name),
  );
  // What was sent and answered is shown with the values of credentials masked.
  const masked = [
    "targetd.v1.DeliveryAttempt.request_headers",
    "targetd.v1.DeliveryAttempt.response_headers",
    "targetd.v1.TestTargetResponse.headers",
  ];
  expect(named.filter((field) => !isRedacted(field)).map(fieldName)).toEqual(masked);
});
