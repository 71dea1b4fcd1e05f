/** Errors stay small however much is wrong, as gRPC carries them in bounded trailers. */
import { describe, expect, test } from "vitest";
import { doorNames } from "../support/doors.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

const texts = (length: number, text: (index: number) => string) =>
  Array.from({ length }, (_, index) => text(index));
const headers = (names: readonly string[], value: string) =>
  Object.fromEntries(names.map((name) => [name, value]));

describe.each(doorNames.filter((name) => name !== "Connect GET"))("over %s", (door) => {
  test.each([
    [
      "100 long unknown paths",
      "UpdateTarget",
      { updateMask: texts(100, (i) => `p${"x".repeat(95)}${i}`).join(",") },
    ],
    [
      "1,000 bad ids",
      "ListTargets",
      { filters: [{ inTargetIdsFilter: { targetIds: texts(1000, () => "") } }] },
    ],
    [
      "50,000 bad headers",
      "UpdateTarget",
      {
        headers: headers(
          texts(50_000, (i) => `ä b ${i}`),
          "\n",
        ),
      },
    ],
    [
      "20 bad headers of long foreign names",
      "UpdateTarget",
      {
        headers: headers(
          texts(20, (i) => `${"😀".repeat(60)}${i}`),
          "",
        ),
      },
    ],
  ])("%s are one readable error, and the connection lives on", async (_name, method, request) => {
    const id = await server.create();
    const asked = method === "UpdateTarget" ? { id, ...request } : request;
    const outcome = await server.call(method, asked, door);
    expect(outcome.code).toBe("INVALID_ARGUMENT");
    expect(outcome.violations.length).toBeGreaterThan(0);
    expect(outcome.violations.length).toBeLessThanOrEqual(20);
    expect(JSON.stringify(outcome).length).toBeLessThan(6000);
    expect((await server.call("GetTarget", { id }, door)).code).toBe("OK");
  });
});

test("DELETE refuses fields in a body that it does not take, and ignores what is none", async () => {
  const id = await server.create();
  const remove = (body: string) =>
    server.rest({ verb: "DELETE", path: `/v2/actions/targets/${id}`, body });
  const refused = await remove('{"etag":"stale"}');
  expect([refused.status, refused.code, refused.violations]).toEqual([
    400,
    "INVALID_ARGUMENT",
    ["etag"],
  ]);
  expect((await server.call("GetTarget", { id })).code).toBe("OK");
  expect((await remove('{"more":1}')).status).toBe(200);
});

test("a REST path with a gRPC type is refused as REST", async () => {
  const headers = { "content-type": "application/grpc" };
  const call = { verb: "POST", path: "/v2/actions/targets", body: "{}" };
  const { status, code } = await server.rest(call, { token: server.app.tokens.owner, headers });
  expect([status, code]).toEqual([415, "INVALID_ARGUMENT"]);
});
