/** What credentials say is remembered; each request of a connection must still be judged by its own. */
import { expect, it } from "vitest";
import type { UpdateTargetRequest } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { updateTarget } from "./support/handlers.ts";
import { exchange } from "./support/raw-socket.ts";
import { listen, testDoor } from "./support/server.ts";

const owner = "Authorization: Bearer owner";
const nobody = "Authorization: Bearer nobody";

/** Sends an update with each set of headers, all by one connection. */
async function updates(...sets: readonly (readonly string[])[]) {
  const seen: UpdateTargetRequest[] = [];
  const url = await listen(testDoor([updateTarget(seen)]).door);
  const requests = sets.map((headers) =>
    [
      ...["POST /v2/actions/targets/1 HTTP/1.1", "Host: a", ...headers],
      ...["Content-Length: 2", "", "{}"],
    ].join("\r\n"),
  );
  const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)];
  const answers = await exchange(
    url,
    requests,
    (answer) => statuses(answer).length === sets.length && answer.endsWith("}"),
  );
  return {
    statuses: statuses(answers).map(([, status]) => Number(status)),
    etags: seen.map(({ etag }) => etag),
  };
}

it("judges requests of one connection each by its own credential", async () => {
  const { statuses } = await updates([owner], [owner], [nobody], [], [owner], [nobody]);
  expect(statuses).toEqual([200, 200, 403, 401, 200, 403]);
});

it("reads the same values under other names, and other values under the same", async () => {
  const { etags } = await updates(
    [owner, 'If-Match: "a"'],
    [owner, 'If-Match: "a"'],
    [owner, 'X-Match: "a"'],
    [owner, 'If-Match: "b"'],
    [owner],
  );
  expect(etags).toEqual(["a", "a", undefined, "b", undefined]);
});
