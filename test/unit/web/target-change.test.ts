import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  CreateTargetRequestSchema,
  UpdateTargetRequestSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { TargetSchema } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { readMask } from "../../../src/domain/update-mask.ts";
import { changedFields, createRequest, updateRequest } from "../../../web/src/targets/change.ts";
import { fieldNames, fieldsOf, type TargetFields } from "../../../web/src/targets/fields.ts";
import { differences, merge } from "../../../web/src/targets/merge.ts";

const base: TargetFields = {
  name: "orders",
  endpoint: "https://example.com/hook",
  type: { kind: "webhook", interrupt: true },
  timeout: 10_000_000_000n,
  payload: "json",
  headers: { "x-a": "", "x-b": "" },
  policy: undefined,
  disabled: false,
  ordered: false,
};

const policy = { retryDelays: [1n], clientErrorsFinal: true, maxConcurrency: 1, maxPerSecond: 2 };

/** Another value of each setting. */
const other: TargetFields = {
  name: "bills",
  endpoint: "https://example.com/other",
  type: { kind: "call", interrupt: false },
  timeout: 1_500_000_000n,
  payload: "jwe",
  headers: { "x-a": "", "x-b": "new" },
  policy,
  disabled: true,
  ordered: true,
};

describe("changedFields", () => {
  test.each(fieldNames)("notices a change of %s and of nothing else", (name) => {
    expect(changedFields(base, { ...base, [name]: other[name] })).toEqual([name]);
  });

  test("does not take another order of headers for a change", () => {
    expect(changedFields(base, { ...base, headers: { "x-b": "", "x-a": "" } })).toEqual([]);
  });

  test("takes the flag alone for a change of the type", () => {
    const type = { kind: "webhook", interrupt: false } as const;
    expect(changedFields(base, { ...base, type })).toEqual(["type"]);
  });
});

describe("updateRequest", () => {
  test("names and holds what was changed, with the etag, and nothing else", () => {
    expect(updateRequest("1", other, ["name", "timeout"], "v1")).toEqual({
      id: "1",
      etag: "v1",
      updateMask: { paths: ["name", "timeout"] },
      name: "bills",
      timeout: expect.objectContaining({ seconds: 1n, nanos: 500_000_000 }),
    });
  });

  test("names every setting by a path that the server knows", () => {
    const request = create(UpdateTargetRequestSchema, updateRequest("1", other, fieldNames, "v1"));
    const given = { kind: "restCall", rotates: false } as const;
    const { selection, violations } = readMask(request.updateMask?.paths ?? [], given);
    expect(violations).toEqual([]);
    expect(selection.fields).toEqual(
      new Set([
        ...["name", "endpoint", "type", "timeout", "payloadType"],
        ...["headers", "deliveryPolicy", "disabled", "ordered"],
      ]),
    );
  });

  test("a policy that goes back to the defaults is named and not there", () => {
    expect(updateRequest("1", base, ["policy"], "v1")).toEqual({
      id: "1",
      etag: "v1",
      updateMask: { paths: ["delivery_policy"] },
    });
  });
});

test("what is sent to create a target reads back as it was typed", () => {
  const { validateOnly, requestId, $typeName, ...request } = create(
    CreateTargetRequestSchema,
    createRequest(other),
  );
  expect(fieldsOf(create(TargetSchema, request))).toEqual(other);
});

test("a target that stays is sent without a time to live", () => {
  expect(createRequest(base)).not.toHaveProperty("ttl");
  expect(createRequest(base, 1_500_000_000n).ttl).toMatchObject({
    seconds: 1n,
    nanos: 500_000_000,
  });
});

describe("merge", () => {
  const mine = { ...base, name: "mine", timeout: 20n, ordered: true };
  const theirs = { ...base, name: "theirs", endpoint: "https://example.com/theirs", ordered: true };
  const versions = { base, mine, theirs };

  test("tells who changed what; the same change of both is no conflict", () => {
    expect(differences(versions)).toEqual([
      { name: "name", by: "both" },
      { name: "endpoint", by: "theirs" },
      { name: "timeout", by: "mine" },
      { name: "ordered", by: "theirs" },
    ]);
  });

  test.each(["mine", "theirs"] as const)("takes %s where both changed it", (side) => {
    const merged = merge(versions, new Map([["name", side]]));
    expect(merged).toEqual({ ...theirs, timeout: 20n, name: versions[side].name });
    expect(changedFields(theirs, merged)).toEqual(
      side === "mine" ? ["name", "timeout"] : ["timeout"],
    );
  });

  test("keeps what the server has where nothing was chosen", () => {
    expect(merge(versions, new Map()).name).toBe("theirs");
  });
});
