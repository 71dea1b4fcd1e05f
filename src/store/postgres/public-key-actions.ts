import { targetChange } from "../change-contents.ts";
import type { PublicKeyStore } from "../public-key-store.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { readPublicKeys, replacePublicKeys } from "./public-keys.ts";
import { createRecorder } from "./publish.ts";
import { replayingWriter } from "./replaying-writer.ts";
import { recordChanges } from "./target-actions.ts";
import { lockTarget, noTarget } from "./targets.ts";

export function publicKeyActions(parts: PostgresStoreParts): PublicKeyStore {
  const write = replayingWriter(parts);
  const recorder = createRecorder(parts);
  return {
    changePublicKeys: (instance, target, change, options) =>
      write(instance, options, {
        look: (transaction) =>
          Promise.all([
            lockTarget(transaction, instance, target),
            readPublicKeys(transaction, instance, target),
          ]),
        async act(transaction, [deletedAt, current], { listens }) {
          if (deletedAt !== null) throw noTarget();
          const outcome = change(current);
          if (outcome.next === current) return outcome;
          replacePublicKeys(transaction, { instance, target }, current, outcome.next);
          const entries = [
            { by: options, content: targetChange(target, "changed", outcome.fields) },
          ];
          await recordChanges(transaction, recorder, { instance, entries, listens });
          return outcome;
        },
      }),

    readPublicKeys: (instance, target) =>
      parts.db.read((session) => readPublicKeys(session, instance, target)),
  };
}
