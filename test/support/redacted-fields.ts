/** Every field of the API whose value is a secret. */
import type { DescField } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { generatedFiles } from "./descriptor-shape.ts";

/** Fields of all messages of the packages zitadel and targetd. */
export async function apiFields(): Promise<readonly DescField[]> {
  const files = await Promise.all([generatedFiles("zitadel"), generatedFiles("targetd")]);
  const types = files.flat().flatMap((file) => [...nestedTypes(file)]);
  return types.flatMap((type) => (type.kind === "message" ? type.fields : []));
}

/** For instance "zitadel.action.v2.Target.signing_key". */
export const fieldName = (field: DescField): string => `${field.parent.typeName}.${field.name}`;

export const isRedacted = (field: DescField): boolean => field.proto.options?.debugRedact === true;
