import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tokenAuthentication } from "../../../src/auth/authenticate.ts";
import { newToken, ownerGrant } from "../../../src/auth/token.ts";
import { defaultInstance, micros } from "../../../src/domain/units.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { temporaryFolder } from "../../support/tool.ts";

const now = micros(1e15);

/** Calls of two clients, each with one reader for all its headers. */
async function twoClients() {
  const file = join(temporaryFolder(), "targetd.db");
  const store = await openSqliteStore({ file, masterKey: Buffer.alloc(32, 1), now: () => now });
  onTestFinished(() => store.close());
  const authenticate = tokenAuthentication({
    ...{ store, clock: () => now, used: () => undefined, readJwt: undefined },
  });
  const client = async (name: string) => {
    const { text, record } = newToken(ownerGrant(defaultInstance), now);
    await store.createToken(record, { author: name, at: now });
    const header = (wanted: string) => (wanted === "authorization" ? `Bearer ${text}` : undefined);
    const outcome = () =>
      authenticate(header).then(
        ({ subject }) => subject,
        ({ reason }) => reason,
      );
    const revoke = () =>
      store.revokeToken(defaultInstance, record.id, () => undefined, { author: name, at: now });
    return { subject: `token:${record.id}`, outcome, revoke };
  };
  return [await client("one"), await client("two")] as const;
}

test("callers who take turns are told apart, whose headers were read before", async () => {
  const [one, two] = await twoClients();
  const outcomes = await Promise.all([one, two, one, one, two].map(({ outcome }) => outcome()));
  expect(outcomes).toEqual([one, two, one, one, two].map(({ subject }) => subject));
});

test("a token that is revoked ends for headers that were read before", async () => {
  const [one, two] = await twoClients();
  expect(await one.outcome()).toBe(one.subject);
  await one.revoke();
  expect(await one.outcome()).toBe("revoked");
  expect(await two.outcome()).toBe(two.subject);
});
