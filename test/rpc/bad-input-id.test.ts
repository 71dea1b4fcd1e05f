import { expect, test } from "vitest";
import { shortly } from "./support/play.ts";
import { twoDoors, useServer } from "./support/server.ts";

const server = useServer();

/** Ids that are read, and then known to no one. */
const readable = [
  ["200 characters", "x".repeat(200)],
  ["200 emoji", "🎯".repeat(200)],
  ["a slash", "a/b"],
  ["percent signs", "100%25"],
  ["other letters", "цель"],
  ["a NUL", "a\0b"],
  ["white space", " a "],
  ["the name of a route", "search"],
  ["dots", ".."],
] as const;

test.each(readable)("an id with %s is unknown and no mistake", async (_, id) => {
  for (const name of twoDoors) {
    if (name === "REST" && id === "..") continue; // fetch itself resolves dot segments
    const get = await server.call("GetTarget", { id }, name);
    expect([name, shortly(get)]).toEqual([name, "NOT_FOUND QUERY-hj5oaniyrz"]);
    const deleted = await server.call("DeleteTarget", { id }, name);
    expect([name, shortly(deleted), deleted.message]).toEqual([name, "OK", {}]);
    if (name === "REST" && id === "search") continue; // POST there is ListTargets
    const update = await server.call("UpdateTarget", { id, timeout: "1s" }, name);
    expect([name, shortly(update)]).toEqual([name, "NOT_FOUND COMMAND-xj14f2cccn"]);
  }
});

test.each([
  ["201 characters", "x".repeat(201)],
  ["201 emoji", "🎯".repeat(201)],
])("an id of %s is INVALID_ARGUMENT", async (_, id) => {
  for (const name of twoDoors) {
    const short = async (method: string) => shortly(await server.call(method, { id }, name));
    expect(await short("GetTarget")).toBe("INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT id");
    expect(await short("UpdateTarget")).toBe("INVALID_ARGUMENT COMMAND-1l6ympeagp id");
    expect(await short("DeleteTarget")).toBe("INVALID_ARGUMENT COMMAND-obqos2l3no id");
  }
});

test("an empty id is INVALID_ARGUMENT where the door lets one through", async () => {
  for (const name of ["gRPC by grpc-js", "gRPC-Web", "Connect JSON"] as const) {
    const short = async (method: string) => shortly(await server.call(method, { id: "" }, name));
    expect(await short("GetTarget")).toBe("INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT id");
    expect(await short("UpdateTarget")).toBe("INVALID_ARGUMENT COMMAND-1l6ympeagp id");
    expect(await short("DeleteTarget")).toBe("INVALID_ARGUMENT COMMAND-obqos2l3no id");
  }
  expect(shortly(await server.call("GetTarget", { id: "" }, "REST"))).toBe(
    "NOT_FOUND TARGETD-UNKNOWN-PATH",
  );
});

test("percent escapes in a path stand for the id", async () => {
  const id = await server.create();
  const escaped = [...id].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("");
  const got = await server.rest({ verb: "GET", path: `/v2/actions/targets/${escaped}` });
  expect(got.message).toMatchObject({ target: { id } });
});

test.each(["%", "%2", "%zz", "%ff", "%c3%28", "%ed%a0%80"])(
  "the path segment %s cannot be read",
  async (segment) => {
    const id = await server.create();
    const call = () => server.rest({ verb: "DELETE", path: `/v2/actions/targets/${segment}` });
    expect(await server.unchanged(id, call)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
  },
);

test("the id of the path beats the one of the body", async () => {
  const id = await server.create();
  const other = await server.create();
  const body = JSON.stringify({ id: other, timeout: "3s" });
  const path = `/v2/actions/targets/${id}`;
  const call = () => server.rest({ verb: "POST", path, body });
  expect(await server.unchanged(other, call)).toBe("OK");
  expect(await server.get(id)).toMatchObject({ timeout: "3s" });
});
