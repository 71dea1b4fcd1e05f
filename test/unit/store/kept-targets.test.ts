import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import { toTargetRow } from "../../../src/store/rows/targets.ts";
import { createSealer } from "../../../src/store/seal.ts";
import { sealHeaders } from "../../../src/store/sealed-values.ts";
import { noHistory } from "../../../src/store/sqlite/histories.ts";
import { createKeptTargets } from "../../../src/store/sqlite/kept-targets.ts";
import { makeTarget, one } from "../../conformance/store/fixtures.ts";

const sealer = createSealer(Buffer.alloc(32, 1));

test("a target that is kept holds no more memory than its own", () => {
  const kept = createKeptTargets({ whenUndone: () => undefined });
  const headers = new Map([["x-a", "1"]]);
  const target = makeTarget("t", { headers });
  const sealed = sealHeaders(sealer, one, target.id, headers);
  kept.put({ target, row: toTargetRow(one, target, sealed), history: noHistory });
  const found = kept.find(one, targetId("t"))?.row.sealed_headers;
  expect(found?.buffer.byteLength).toBe(found?.byteLength);
  expect(Buffer.from(found ?? [])).toEqual(sealed);
});
