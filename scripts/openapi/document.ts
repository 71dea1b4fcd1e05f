/** The OpenAPI 3.1 document of the server (spec.openapis.org/oas/v3.1.1). */
import type { DescService, JsonObject } from "@bufbuild/protobuf";
import type { Api } from "./api.ts";
import { directions } from "./directions.ts";
import { errorSchemas } from "./error-schema.ts";
import { MessageSchemas } from "./message-schema.ts";
import { operationsOf } from "./operations.ts";
import { plainOperations, plainTag } from "./plain-operations.ts";
import { responseHeaders } from "./responses.ts";

const description = `Webhook targets that speak the Actions v2 API of ZITADEL.

Operations under /v2 and /v2beta are REST. Those whose path is the name of a method are calls of the
[Connect protocol](https://connectrpc.com/docs/protocol) in JSON, which every other client of HTTP can
make as well; the REST methods can be called that way too, and all of them over gRPC and gRPC-Web.

Bodies are ProtoJSON: 64-bit numbers are strings, bytes are base64, durations are seconds as in "1.5s",
and a member that has its default value is left out of answers, unless it can be absent. Unknown members are ignored. Answers
have \`Cache-Control: no-store\` unless they tell otherwise.

Everything belongs to the instance (tenant) of the token; nothing of another one is ever visible.`;

const security: JsonObject = {
  token: {
    type: "http",
    scheme: "bearer",
    description:
      "A token of the server, `tgd_<id>_<secret>`, or an access token (JWT) of the configured issuer. The permission that an operation needs is named in its `security`. Client certificates, where the server asks for them, grant nothing.",
  },
};

/**
 * Makes the document.
 *
 * @param version of the server
 */
export function openapiDocument(api: Api, version: string): JsonObject {
  const { services, methods, commentOf } = api;
  const served = services.flatMap(({ methods: own }) => own.filter(isUnary));
  const schemas = new MessageSchemas(commentOf, directions(served));
  const operations = [...methods.values()].flatMap((entry) => operationsOf(entry, api, schemas));
  const paths: Record<string, JsonObject> = {};
  for (const { path, verb, operation } of [...operations, ...plainOperations]) {
    paths[path] = { ...paths[path], [verb]: operation };
  }
  const sorted = Object.keys(paths).sort();
  return {
    openapi: "3.1.1",
    info: {
      title: "targetd",
      version,
      description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    // Relative to where the document was fetched from.
    servers: [{ url: "/" }],
    tags: [...services.filter(hasUnary).map(tagOf(api)), { name: plainTag }],
    paths: Object.fromEntries(sorted.map((path) => [path, paths[path] ?? {}])),
    components: {
      schemas: { ...schemas.components(), ...errorSchemas },
      headers: responseHeaders,
      securitySchemes: security,
    },
    security: [{ token: [] }],
  };
}

function isUnary({ methodKind }: DescService["methods"][number]): boolean {
  return methodKind === "unary";
}

function hasUnary({ methods }: DescService): boolean {
  return methods.some(isUnary);
}

function tagOf({ commentOf }: Api): (service: DescService) => JsonObject {
  return ({ typeName }) => ({ name: typeName, description: commentOf(typeName) });
}
