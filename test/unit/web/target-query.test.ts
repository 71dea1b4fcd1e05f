import { expect, test } from "vitest";
import { TargetFieldName } from "../../../gen/zitadel/action/v2/query_pb.ts";
import { listRequest, pageSize, readTargetQuery } from "../../../web/src/pages/targets/query.ts";

const read = (query: string) => readTargetQuery(new URLSearchParams(query));

test.each([
  ["", { text: "", sort: "newest" }],
  ["q=or+ders&sort=name", { text: "or ders", sort: "name" }],
  ["sort=nonsense", { text: "", sort: "newest" }],
])("the address %j asks for %j", (query, expected) => {
  expect(read(query)).toEqual(expected);
});

test("a text is cut where the server would refuse it, between characters", () => {
  const { text } = read(new URLSearchParams({ q: "😀".repeat(201) }).toString());
  expect(text).toBe("😀".repeat(200));
});

test("a page is asked for by its offset, order and filter", () => {
  expect(listRequest(read("q=100%25&sort=name-desc"), 3)).toMatchObject({
    pagination: { offset: BigInt(3 * pageSize), limit: pageSize, asc: false },
    sortingColumn: TargetFieldName.NAME,
    filters: [{ filter: { case: "targetNameFilter", value: { targetName: "100%" } } }],
  });
  expect(listRequest(read(""), 0)).toMatchObject({ filters: [] });
});
