import { describe, expect, it } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { decode } from "./support/decode.ts";
import { apiErrorOf, fieldsOf } from "./support/errors.ts";

describe("If-Match", () => {
  const path = "/v2/actions/targets/1";
  const etag = (ifMatch: string, body = "{}") =>
    (decode(ActionService, "POST", path, { body, ifMatch }) as { etag?: string }).etag;

  it("fills the etag", () => {
    expect(etag('"abc"')).toBe("abc");
    expect(etag(' "abc" ', '{"etag":""}')).toBe("abc");
    expect(etag('"abc"', '{"etag":"abc"}')).toBe("abc");
    expect(decode(ActionService, "DELETE", path, { ifMatch: '"e"' })).toMatchObject({ etag: "e" });
    expect(decode(ActionService, "DELETE", path, { query: "etag=q" })).toMatchObject({ etag: "q" });
  });

  it("asks for nothing with *", () => {
    expect(etag("*")).toBeUndefined();
    expect(etag("*", '{"etag":"e"}')).toBe("e");
  });

  it.each([["abc"], ['W/"abc"'], ['"a", "b"'], ['""'], [""], ['"a"b"'], ['"a b"']])(
    "refuses %s",
    (header) => {
      expect(apiErrorOf(() => etag(header)).id).toBe("TARGETD-MALFORMED");
    },
  );

  it("refuses another etag elsewhere", () => {
    expect(fieldsOf(apiErrorOf(() => etag('"a"', '{"etag":"b"}')))).toEqual(["etag"]);
    const twice = { ifMatch: '"a"', query: "etag=b" };
    expect(fieldsOf(apiErrorOf(() => decode(ActionService, "DELETE", path, twice)))).toEqual([
      "etag",
    ]);
  });

  it("means nothing to a request without etag", () => {
    const create = { body: '{"name":"x"}', ifMatch: "weird" };
    expect(decode(ActionService, "POST", "/v2/actions/targets", create)).toMatchObject({
      name: "x",
    });
  });
});
