/** What somebody else has written into the tables. */
import { expect, onTestFinished, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import type { AttemptSituation } from "../../../src/store/claims.ts";
import { onServer } from "../../support/postgres.ts";
import {
  claim,
  deciding,
  finish,
  limits,
  listenWith,
  makeEvent,
  manyEvents,
  publish,
} from "./delivery-fixtures.ts";
import { start } from "./fixtures.ts";
import { openAt, usePostgresDatabase } from "./postgres-stores.ts";

const database = usePostgresDatabase();
const [damaged, sound] = [targetId("t"), targetId("u")];

test("a target with a damaged delivery policy holds back no other and loses no result", async () => {
  const store = await openAt(database.url);
  onTestFinished(() => store.close());
  await listenWith(store, [damaged, sound]);
  await publish(store, [makeEvent("e")]);
  const before = await claim(store);
  await publish(store, manyEvents(1));
  await onServer(database.url, "UPDATE targets SET delivery_policy = '{}' WHERE id = 't'");

  const policies: unknown[] = [];
  const decide = (situation: AttemptSituation) => {
    policies.push(situation.settings.deliveryPolicy);
    return deciding()(situation);
  };
  for (const each of before) expect(await finish(store, each, decide)).toBe(true);
  expect(policies).toEqual([undefined, undefined]);

  const unreadable: unknown[] = [];
  const claims = await store.claimDeliveries(start, limits, (about, { code }) =>
    unreadable.push([about.target, code]),
  );
  expect(claims.map(({ delivery }) => delivery.target)).toEqual([sound]);
  expect(unreadable).toEqual([[damaged, "broken"]]);
});
