import type { DescField } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { expect, test } from "vitest";
import { generatedFiles } from "../../support/descriptor-shape.ts";

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

const fields: DescField[] = (
  await Promise.all([generatedFiles("zitadel"), generatedFiles("targetd")])
)
  .flat()
  .flatMap((file) => [...nestedTypes(file)])
  .flatMap((type) => (type.kind === "message" ? type.fields : []));

const nameOf = (field: DescField) => `${field.parent.typeName}.${field.name}`;
const redacted = (field: DescField) => field.proto.options?.debugRedact === true;

test("exactly the secret fields are redacted", () => {
  expect(fields.filter(redacted).map(nameOf).sort()).toEqual(secrets);
});

test("no field that is named like a secret is left out", () => {
  const suspicious = /(^|_)(headers|password|private_key|secret|signing_key|(?<!page_)token)$/;
  // A page token names a place in a list. A message is no secret itself: expiration_signing_key is a length of time.
  const named = fields.filter(
    (field) => field.message === undefined && suspicious.test(field.name),
  );
  expect(named.filter((field) => !redacted(field)).map(nameOf)).toEqual([]);
});
