/** A store for benchmarks of its own, on a file. */

import type { Target, TargetSettings } from "../../src/domain/target.ts";
import { type Micros, micros, nanoseconds, type TargetId } from "../../src/domain/units.ts";
import { newSigningKey } from "../../src/signing/new-signing-key.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";

/** When everything in these stores happens. */
export const at: Micros = micros(1_800_000_000_000_000);
export const author = { author: "bench", at };

export const masterKey = Buffer.alloc(32, 7);

export function openBenchStore(file: string): Promise<Store> {
  return openSqliteStore({ file, masterKey, now: () => at });
}

export function benchTarget(id: TargetId, settings: Partial<TargetSettings> = {}): Target {
  return {
    ...{ id, createdAt: at, changedAt: at, signingKey: newSigningKey(), previousKeys: [] },
    expiresAt: undefined,
    settings: {
      name: id,
      type: { kind: "restWebhook", interruptOnError: false },
      timeout: nanoseconds(10e9),
      endpoint: "https://example.com/hook",
      payloadType: "json",
      headers: new Map(),
      ...{ deliveryPolicy: undefined, disabled: false, ordered: false },
      ...settings,
    },
  };
}
