import { describe, expect, it } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { decode, decodeLibrary, type Parts } from "./support/decode.ts";

const shelf = (verb: string, parts: Parts) => decodeLibrary(verb, "/lib/shelves/1", parts);

describe("the update mask of a PATCH", () => {
  const patch = (body: string, verb = "PATCH") => {
    const request = decode(ActionService, verb, "/v2/actions/targets/1", { body });
    return (request as { updateMask?: { paths: string[] } }).updateMask?.paths;
  };

  it.each<[string, string[] | undefined]>([
    ['{"name":"x","timeout":"1s"}', ["name", "timeout"]],
    ['{"restWebhook":{},"payload_type":2}', ["rest_webhook", "payload_type"]],
    ['{"payloadType":null,"name":null}', ["payload_type", "name"]],
    ['{"headers":{"a":"b"},"deliveryPolicy":{}}', ["headers", "delivery_policy"]],
    ['{"name":"x","updateMask":""}', ["name"]],
    ['{"name":"x","updateMask":null}', ["name"]],
    ['{"name":"x","update_mask":"timeout"}', ["timeout"]],
    ['{"name":"x","updateMask":"restWebhook"}', ["rest_webhook"]],
    ['{"id":"2","unknown":1,"target_type":1}', undefined],
    ['{"validateOnly":true,"etag":"e","request_id":"r","expirationSigningKey":"0s"}', undefined],
    ["{}", undefined],
    ["", undefined],
  ])("%s gives %j", (body, paths) => {
    expect(patch(body)).toEqual(paths);
  });

  it("is not derived for POST", () => {
    expect(patch('{"name":"x"}', "POST")).toBeUndefined();
  });

  it("is not named by If-Match or the path", () => {
    const parts = { body: '{"name":"x"}', ifMatch: '"e"' };
    expect(decode(ActionService, "PATCH", "/v2/actions/targets/1", parts)).toMatchObject({
      etag: "e",
      updateMask: { paths: ["name"] },
    });
  });

  it("can come as a query parameter where the body is one field", () => {
    expect(shelf("PATCH", { body: '{"theme":"t","name":"n"}', query: "updateMask=text" })).toEqual({
      shelf: { name: "shelves/1", theme: "t" },
      updateMask: "text",
    });
  });
});
