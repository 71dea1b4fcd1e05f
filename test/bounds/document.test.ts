/** docs/bounds.md is made of the same data as the tests; `vitest run test/bounds -u` writes it. */
import { expect, test } from "vitest";
import { agentLimits } from "../../src/egress/guarded-agent.ts";
import { maxJsonValues } from "../../src/json/strict-json.ts";
import { defaultBodyLimits } from "../../src/server/body-budget.ts";
import { maxFields } from "../../src/server/message.ts";
import { doors, heldBounds } from "./support/body-bounds.ts";
import { callBounds } from "./support/call-bounds.ts";
import { deliveryBounds } from "./support/delivery-bounds.ts";
import { floodBounds } from "./support/flood-bounds.ts";
import { overloadBounds } from "./support/overload-bounds.ts";
import { portBounds } from "./support/port-bounds.ts";
import { probes } from "./support/probes.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}

const count = (number: number) => number.toLocaleString("en-US");

/** "200, 200, 200" as "200, 3 times". */
function shortened(outcome: string): string {
  const parts = outcome.split(", ");
  const same = parts.length > 2 && parts.every((part) => part === parts[0]);
  return same ? `${parts[0]}, ${parts.length} times` : outcome;
}

const bounds = [...portBounds, ...floodBounds].map(({ bound, limit, outcomes }) => [
  bound,
  limit,
  ...outcomes.map(shortened),
]);

const text = `# Bounds

What one client may take, and what it sees at the limit and one beyond. The tables are made of the
data that the tests in test/bounds try on real connections, so they show measured behaviour.

## The port

In cleartext and over TLS alike. A word in parentheses is the reason that the log gives, in one line a
second for each reason, with the number of cuts since the line before. "Connection ended" may come
with a GOAWAY. After each, other connections were answered as before.

${table(["Bound", "Limit", "At the limit", "Beyond"], bounds)}
With \`TARGETD_STRAIGHT_PATH=off\`, \`node:http2\` has bounds of its own on PRIORITY frames and on DATA frames
without data, of which the log does not tell. When the server stops, HTTP/2 connections get a GOAWAY and
HTTP/1.1 connections \`Connection: close\`.

## Bodies

At most 4 MiB as sent and 4 MiB as inflated, in each of the encodings identity, gzip and br. As nothing
else is answered while a message is read, one in JSON has at most ${count(maxJsonValues)} values, and one in
protobuf at most ${count(maxFields)} fields, those inside of others and unknown ones included; more are
malformed.

${table(
  ["Door", "4 MiB", "One byte more"],
  doors.map(({ door, outcomes }) => [door, ...outcomes]),
)}
Together, the bodies under way have so many bytes at most: as sent while they come in, as inflated
from then on, and until their calls end. The first ${defaultBodyLimits.free / 1024} KiB of each do not count, so that health checks and
other small calls go on. A caller is a token, or the subject of a JWT, in its instance; those without
a token are one caller. Refusals say when to try again (\`Retry-After\`).

${table(
  ["Bodies under way of", "Limit", "Door", "At the limit", "One byte more"],
  heldBounds.flatMap(({ bound, limit }) =>
    doors.map(({ door, outcomes: [within], refused }) => [
      bound,
      `${defaultBodyLimits[limit] / 1024 / 1024} MiB`,
      door,
      within,
      refused,
    ]),
  ),
)}
## Calls

Calls that would have to wait for longer are refused at once (\`Retry-After: 1\`), before their callers are looked
at. Streams, health checks and reflection never are. Callers who wait for an answer before they call again do not
get there: what is bounded is the wait in this process, not what a call takes or what it waits for elsewhere.
[architecture.md](architecture.md#overload) tells what is let in meanwhile.

${table(
  ["Bound", "Limit", "At the limit", "Beyond"],
  overloadBounds.map(({ bound, limit, outcomes }) => [bound, limit, ...outcomes]),
)}
## Requests that are refused or ignored

Statuses of all answers on an HTTP/1.1 connection until the server ended it. Where a second request
followed, it was not answered.

${table(
  ["What is sent", "Answer"],
  probes.map(({ probe, outcome }) => [probe, outcome]),
)}
## Calls to targets

What a receiver may take. A call ends in any case when the timeout of its target is over; the stage
tells what it was waiting for then. Connections without a request are closed after
${agentLimits.idleMs / 1000} s, and the longest idle ones when there are more than ${agentLimits.idleConnections}.

${table(
  ["Bound", "Limit", "At the limit", "Beyond"],
  callBounds.map(({ bound, limit, outcomes }) => [bound, limit, ...outcomes]),
)}
## Events, deliveries and quotas

Status and error id of the call; quotas are tried with small settings. As many events may come at once as
in a second, but 1,000 in any case: what is beyond is the next call.

${table(
  ["Bound", "Limit", "At the limit", "Beyond"],
  deliveryBounds.map(({ bound, limit, outcomes }) => [bound, limit, ...outcomes]),
)}`;

test("docs/bounds.md shows what the tests try", async () => {
  await expect(text).toMatchFileSnapshot("../../docs/bounds.md");
});
