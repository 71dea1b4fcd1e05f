import { afterAll, beforeAll, expect, test } from "vitest";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { withClient } from "../../../src/cli/client.ts";
import { type RecordingServer, startRecordingServer, token } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());

test("of targets that fail a command with many calls tells once each", async () => {
  const lines: string[] = [];
  const io = {
    ...{ env: { TARGETD_ADDRESS: server.url, TARGETD_TOKEN: token }, terminal: false },
    ...{ out: () => undefined, err: (text: string) => void lines.push(text) },
    input: () => {
      throw new Error("there is no input");
    },
  };
  server.answer({
    getTarget: ({ id }, context) => {
      context.responseHeader.set("targetd-warning", `${id};connect`);
      return {};
    },
  });
  await withClient(ActionService, {}, io, async (client) => {
    for (const id of ["a", "b", "a", "b", "a"]) await client.getTarget({ id });
  });
  expect(lines).toEqual([
    expect.stringContaining("a;connect"),
    expect.stringContaining("b;connect"),
  ]);
});
