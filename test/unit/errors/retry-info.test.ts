import { expect, test } from "vitest";
import { RetryInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { toConnectError } from "../../../src/errors/to-wire.ts";
import { errorAnswer } from "../../../src/server/rest/json-error.ts";

const error = new ApiError("tooManyBodies", { headers: { "retry-after": "7" } });

test("when to try again is a header and a detail, in every protocol", () => {
  const thrown = toConnectError(error);
  expect(thrown.metadata.get("retry-after")).toBe("7");
  expect(thrown.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBe(7n);
  const { status, headers, body } = errorAnswer(error);
  expect([status, headers["retry-after"]]).toEqual([429, "7"]);
  expect(JSON.parse(body).details).toContainEqual({
    "@type": "type.googleapis.com/google.rpc.RetryInfo",
    retryDelay: "7s",
  });
});

test("an error that says nothing of it has no such detail", () => {
  const { body } = errorAnswer(new ApiError("tooManyWatches"));
  expect(body).not.toContain("RetryInfo");
});
