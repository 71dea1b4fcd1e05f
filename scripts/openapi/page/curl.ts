/** The call of an operation as a command line. */
import type { JsonObject } from "@bufbuild/protobuf";
import { listOf, objectOf } from "./schema-view.ts";

/** A command for a POSIX shell; $TARGETD is the address of the server, $TOKEN the token. */
export function curlCommand(path: string, verb: string, operation: JsonObject): string {
  const parameters = listOf(operation.parameters).map(objectOf);
  const filled = parameters
    .filter((parameter) => parameter.in === "path")
    .reduce((text, { name, example }) => text.replace(`{${name}}`, String(example)), path);
  const media = objectOf(objectOf(objectOf(operation.requestBody).content)["application/json"]);
  const needsToken = listOf(operation.security).length > 0;
  const parts = [
    `curl${verb === "get" ? "" : ` -X ${verb.toUpperCase()}`} "$TARGETD${filled}"`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(media.example === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(media.example))}`]),
  ];
  return parts.join(" \\\n  ");
}

/** In single quotes nothing has a meaning but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
