/** docs/reference/errors.md: the catalogue of errors, as callers see them. */
import { Code } from "@connectrpc/connect";
import { ApiError } from "../../src/errors/api-error.ts";
import { catalogue, type ErrorName } from "../../src/errors/catalogue.ts";
import { violationIds } from "../../src/errors/violation-ids.ts";
import { httpStatus } from "../../src/server/rest/json-error.ts";
import { errorAdvice } from "./error-advice.ts";
import { markdownTable } from "./markdown.ts";

const introduction = `# Errors

Every error has a status code, a text that ends with its id in brackets, and details: \`zitadel.v1.ErrorDetail\` with
the id to match on, \`google.rpc.ErrorInfo\` with a reason and metadata, for invalid requests \`google.rpc.BadRequest\`
with one violation for each mistake, and \`google.rpc.RetryInfo\` where waiting helps. Ids and reasons are
stable; texts are for people and may change. \`npm run gen:docs\` writes this page from the catalogue of the
program, and \`npm test\` fails when it is out of date.

How an error travels:

| | where the id is | where the status is |
| --- | --- | --- |
| gRPC, gRPC-Web | \`grpc-status-details-bin\`, and the end of \`grpc-message\` | \`grpc-status\` |
| Connect | \`details\` of the JSON body, and the end of its \`message\` | \`code\`, and the HTTP status by Connect's own table |
| REST | \`details\` of the JSON body, and the end of its \`message\` | \`code\`, a number, and the HTTP status below |

The command line prints the text with the id and a hint, and ends with an exit code
([command line](cli.md#targetd)).

## Codes

`;

const codeMeanings: readonly (readonly [Code, string])[] = [
  [Code.InvalidArgument, "a field is wrong, or the body cannot be read. Do not repeat it as it is"],
  [
    Code.FailedPrecondition,
    "the state does not allow it now, or a target failed. Repeat it when the state is another",
  ],
  [Code.OutOfRange, "what was asked for is no longer kept"],
  [Code.Unauthenticated, "no valid credential; REST has `WWW-Authenticate`"],
  [Code.PermissionDenied, "the credential lacks the permission"],
  [Code.NotFound, "not in the caller's instance, or no such path"],
  [Code.AlreadyExists, "a name or an id is taken"],
  [Code.Aborted, "the etag is not the current one"],
  [
    Code.ResourceExhausted,
    "too much, too large or too often; `Retry-After` says when to try again, and is not there where waiting does not help",
  ],
  [Code.Canceled, "the caller gave up"],
  [Code.Unknown, "what a target forwarded has no code of its own"],
  [Code.Internal, "a bug, with a correlation id"],
  [Code.Unimplemented, "no such method, encoding or verb"],
  [
    Code.Unavailable,
    "the database, or the keys of an issuer, cannot be had now, or the server is stopping. Repeat it",
  ],
  [Code.DeadlineExceeded, "the time is up"],
];

/** The target chooses the code. */
const asForwarded = "as forwarded";

const upperSnake = (code: Code): string =>
  (Code[code] ?? "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, "_")
    .toUpperCase()
    .replace("CANCELED", "CANCELLED");

/** Every error of the catalogue, by its id. */
const errors = (Object.keys(catalogue) as ErrorName[])
  .map((name) => ({ advice: errorAdvice[name], error: new ApiError(name) }))
  .sort((a, b) => (a.error.id < b.error.id ? -1 : 1));

/** The page as Markdown. */
export function errorsPage(): string {
  return [
    introduction,
    markdownTable(["Code", "HTTP over REST", "Means"], codeRows()),
    "\n## All errors\n\nBy id. Details may follow the text, after a colon.\n\n",
    markdownTable(["Id", "Code", "HTTP", "Reason", "Text", "What to do"], errorRows()),
    fieldsText,
    markdownTable(["Id", "Message and field"], fieldRows()),
  ].join("");
}

/** @throws Error when an error has a code whose meaning is not written down */
function codeRows(): string[][] {
  const meanings = new Map(codeMeanings);
  const unknown = errors.find(({ error }) => !meanings.has(error.entry.code));
  if (unknown !== undefined)
    throw new Error(`no meaning of ${upperSnake(unknown.error.entry.code)}`);
  return codeMeanings.map(([code, meaning]) => {
    const own = errors.filter(({ error }) => error.entry.code === code);
    const statuses = new Set(own.map(({ error }) => httpStatus(error)));
    return [`${upperSnake(code)} (${code})`, [...statuses].sort().join(", "), meaning];
  });
}

function errorRows(): string[][] {
  return errors.map(({ advice, error }) => {
    const { code, reason, text } = error.entry;
    const travels =
      error.id === catalogue.targetForwarded.id
        ? [asForwarded, asForwarded]
        : [upperSnake(code), String(httpStatus(error))];
    return [`\`${error.id}\``, ...travels, reason, text, advice];
  });
}

function fieldRows(): string[][] {
  return [...violationIds].map(([field, id]) => [`\`${id}\``, `\`${field}\``]);
}

const fieldsText = `
## Ids of fields

An invalid request has the id of its first violation, in the order of field numbers, where ZITADEL has one for that;
every other one has \`TARGETD-INVALID-ARGUMENT\`. \`denied\` means that the endpoint may not be called
([egress.md](../egress.md)).

`;
