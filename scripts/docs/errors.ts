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

/** The page as Markdown. */
export function errorsPage(): string {
  const names = Object.keys(catalogue) as ErrorName[];
  const errors = names.map((name) => ({ advice: errorAdvice[name], error: new ApiError(name) }));
  errors.sort((a, b) => (a.error.id < b.error.id ? -1 : 1));
  const codes = codeMeanings.map(([code, meaning]) => [
    `${upperSnake(code)} (${code})`,
    [
      ...new Set(
        errors
          .filter(({ error }) => error.entry.code === code)
          .map(({ error }) => httpStatus(error)),
      ),
    ]
      .sort()
      .join(", "),
    meaning,
  ]);
  const rows = errors.map(({ advice, error }) => [
    `\`${error.id}\``,
    error.id === catalogue.targetForwarded.id ? asForwarded : upperSnake(error.entry.code),
    error.id === catalogue.targetForwarded.id ? asForwarded : String(httpStatus(error)),
    error.entry.reason,
    error.entry.text,
    advice,
  ]);
  const fields = [...violationIds].map(([field, id]) => [`\`${id}\``, `\`${field}\``]);
  return [
    introduction,
    markdownTable(["Code", "HTTP over REST", "Means"], codes),
    "\n## All errors\n\nBy id. Details may follow the text, after a colon.\n\n",
    markdownTable(["Id", "Code", "HTTP", "Reason", "Text", "What to do"], rows),
    fieldsText,
    markdownTable(["Id", "Message and field"], fields),
  ].join("");
}

const fieldsText = `
## Ids of fields

An invalid request has the id of its first violation, in the order of field numbers, where ZITADEL has one for that;
every other one has \`TARGETD-INVALID-ARGUMENT\`. \`denied\` means that the endpoint may not be called
([egress.md](../egress.md)).

`;
