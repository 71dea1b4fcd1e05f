/** What the store's actions are made of. */
import type { OwnEvents } from "../../domain/own-event.ts";
import type { Sealer } from "../seal.ts";
import type { Database } from "./database.ts";
import type { Wakes } from "./wake.ts";
import type { Watch } from "./watch.ts";

/** An open, migrated database and its data key. */
export interface PostgresStoreParts {
  readonly db: Database;
  readonly sealer: Sealer;
  /** Makes ids of deliveries. */
  readonly newDeliveryId: () => string;
  /** What changes publish. */
  readonly ownEvents: OwnEvents;
  /** Tells other processes; undefined when nobody wants to be told. */
  readonly wakes: Wakes | undefined;
  /** Knows whether the database is there; undefined as with `wakes`. */
  readonly watch: Watch | undefined;
}
