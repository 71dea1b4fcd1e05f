import { once } from "node:events";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { BodyBudget } from "../../../src/server/body-budget.ts";
import { readRawBytes } from "../../../src/server/rest/read-body.ts";

test("a body that ended before anybody listened is empty", async () => {
  const source = Object.assign(new Readable({ read: () => undefined }), { aborted: false });
  source.push(null);
  // As Node does with the end of a stream of HTTP/2.
  source.read(0);
  await once(source, "end");
  using held = new BodyBudget().hold(() => "caller");
  const read = readRawBytes({ headers: {} }, source, { maxBytes: 10, held });
  await expect(read).resolves.toHaveLength(0);
});
