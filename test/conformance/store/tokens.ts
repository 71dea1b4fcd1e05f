import { expect, test } from "vitest";
import type { TokenRecord } from "../../../src/store/store.ts";
import { fingerprint, later, one, start, storeError, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const token = (text: string, parts: Partial<TokenRecord> = {}): TokenRecord => ({
  id: `id of ${text}`,
  instance: one,
  hash: fingerprint(text),
  roles: ["IAM_OWNER"],
  permissions: [],
  createdAt: start,
  expiresAt: undefined,
  ...parts,
});

export function tokenCases(context: SuiteContext): void {
  test.each<[string, Partial<TokenRecord>]>([
    ["plain", {}],
    ["of another instance", { instance: two }],
    ["with an end", { expiresAt: later(1) }],
    ["that has expired", { expiresAt: start }],
    ["with permissions", { roles: [], permissions: ["action.target.read", 'x,"y"'] }],
  ])("finds a token by its hash: %s", async (_what, parts) => {
    const record = token("secret", parts);
    await context.store.createToken(record);
    await context.store.createToken(token("other"));
    expect(await context.store.findToken(fingerprint("secret"))).toEqual({
      ...record,
      hash: Buffer.from(record.hash),
    });
  });

  test("an unknown hash finds nothing", async () => {
    await context.store.createToken(token("secret"));
    expect(await context.store.findToken(fingerprint("Secret"))).toBeUndefined();
    expect(await context.store.findToken(new Uint8Array())).toBeUndefined();
  });

  test("a hash that exists is refused and the first token stays", async () => {
    await context.store.createToken(token("secret"));
    const twin = token("secret", { id: "twin", instance: two });
    await expect(context.store.createToken(twin)).rejects.toEqual(storeError("broken"));
    expect(await context.store.findToken(twin.hash)).toMatchObject({ instance: one });
  });

  test("the first token is made once, also when many try at once", async () => {
    const attempts = await Promise.all(
      ["a", "b", "c"].map((text) => context.store.createFirstToken(token(text))),
    );
    expect(attempts.filter(Boolean)).toHaveLength(1);
    expect(await context.store.createFirstToken(token("d", { instance: two }))).toBe(false);
    expect(await context.store.findToken(fingerprint("d"))).toBeUndefined();
  });

  test("tells whether there is any token, of whatever instance", async () => {
    expect(await context.store.hasTokens()).toBe(false);
    await context.store.createToken(token("a", { instance: two }));
    expect(await context.store.hasTokens()).toBe(true);
  });

  test("any token before it keeps the first token from being made", async () => {
    await context.store.createToken(token("a", { expiresAt: start }));
    expect(await context.store.createFirstToken(token("b"))).toBe(false);
  });
}
