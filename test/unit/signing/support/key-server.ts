/** A store with its instances' keys, and a port that publishes them as targetd does. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type {
  InstanceKeyAlgorithm,
  InstanceKeyUpdate,
  rotate,
} from "../../../../src/domain/instance-key.ts";
import { defaultInstance } from "../../../../src/domain/units.ts";
import { createJwksDoor } from "../../../../src/server/jwks.ts";
import { createInstanceKeys, type InstanceKeys } from "../../../../src/signing/instance-keys.ts";
import { newInstanceKey } from "../../../../src/signing/new-instance-key.ts";
import { openSqliteStore } from "../../../../src/store/sqlite/open.ts";
import type { Store } from "../../../../src/store/store.ts";
import { openPort } from "../../../support/port.ts";
import { makeTempDir } from "../../../support/temp-dir.ts";
import { type TickingClock, tickingClock } from "../../../support/ticking-clock.ts";

export interface KeyServer {
  readonly url: string;
  readonly store: Store;
  readonly clock: TickingClock;
  readonly keys: InstanceKeys;
  /** The keys as another replica on the same store sees them. */
  readonly replica: InstanceKeys;
}

/** Opens both; they are closed when the test ends. */
export async function openKeyServer(): Promise<KeyServer> {
  const { path, remove } = makeTempDir();
  onTestFinished(remove);
  const clock = tickingClock();
  const file = join(path, "targetd.db");
  const store = await openSqliteStore({ file, masterKey: randomBytes(32), now: clock.now });
  onTestFinished(() => store.close());
  const keys = createInstanceKeys({ store, clock: clock.now });
  const replica = createInstanceKeys({ store, clock: clock.now });
  const reportBug = (_: string, cause: unknown) => {
    throw cause;
  };
  const door = createJwksDoor({ published: keys.published, reportBug });
  const { url } = await openPort((request, response) => door.handle(request, response));
  return { url, store, clock, keys, replica };
}

/**
 * Changes the keys of the default instance as another process would.
 *
 * @returns the id of the key pair that the change got
 */
export async function changeKeys(
  { store, clock }: KeyServer,
  change: (...args: Parameters<typeof rotate>) => InstanceKeyUpdate,
  algorithm: InstanceKeyAlgorithm = "ES256",
): Promise<string> {
  const pair = await newInstanceKey(algorithm);
  const at = clock.now();
  const options = { author: "test", at };
  await store.changeInstanceKeys(defaultInstance, (keys) => change(keys, pair, at), options);
  return pair.id;
}
