import { expect, test } from "vitest";
import { createTokenUse } from "../../../src/auth/token-use.ts";
import { type Micros, micros } from "../../../src/domain/units.ts";

const second = 1e6;
const at = (seconds: number) => micros(seconds * second);

function recorder() {
  const writes: Record<string, number>[] = [];
  const store = {
    async touchTokens(uses: ReadonlyMap<string, Micros>) {
      writes.push(Object.fromEntries([...uses].map(([id, time]) => [id, time / second])));
    },
  };
  return { writes, tokenUse: createTokenUse(store, () => {}) };
}

test("the first use is written at once, the others of the same minute are not", () => {
  const { tokenUse, writes } = recorder();
  for (const seconds of [0, 1, 59.9]) tokenUse.used("a", at(seconds));
  expect(writes).toEqual([{ a: 0 }]);
  tokenUse.used("a", at(60));
  expect(writes).toEqual([{ a: 0 }, { a: 60 }]);
});

test("tokens have minutes of their own, and what is due goes with what is written", () => {
  const { tokenUse, writes } = recorder();
  tokenUse.used("a", at(0));
  tokenUse.used("b", at(10));
  tokenUse.used("a", at(20));
  tokenUse.used("c", at(65));
  expect(writes).toEqual([{ a: 0 }, { b: 10 }, { a: 20, c: 65 }]);
  tokenUse.used("a", at(100));
  expect(writes).toHaveLength(3);
});

test("the stop writes what is left and waits for it", async () => {
  const { tokenUse, writes } = recorder();
  tokenUse.used("a", at(0));
  tokenUse.used("b", at(0));
  tokenUse.used("a", at(30));
  await tokenUse.stop();
  expect(writes).toEqual([{ a: 0 }, { b: 0 }, { a: 30 }]);
});

test("a failed write is reported, and later uses are written again", async () => {
  const causes: unknown[] = [];
  const touched: string[] = [];
  const store = {
    async touchTokens(uses: ReadonlyMap<string, Micros>) {
      touched.push(...uses.keys());
      throw new Error("no disk");
    },
  };
  const tokenUse = createTokenUse(store, (cause) => void causes.push(cause));
  tokenUse.used("a", at(0));
  tokenUse.used("a", at(60));
  await tokenUse.stop();
  expect(touched).toEqual(["a", "a"]);
  expect(causes).toHaveLength(2);
});
