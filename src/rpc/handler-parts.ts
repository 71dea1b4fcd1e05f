/** What the handlers work with, handed down from the composition root. */
import type { Catalogs } from "../catalog/catalogs.ts";
import type { Clock } from "../clock.ts";
import type { QuotaSettings } from "../config/quotas.ts";
import type { DeliveryChanges } from "../delivery/changes.ts";
import type { InstanceKeyAlgorithm, InstanceKeyPair } from "../domain/instance-key.ts";
import type { SigningKey } from "../domain/target.ts";
import type { DenyEndpoint } from "../domain/target-update.ts";
import type { InstanceId, TargetId } from "../domain/units.ts";
import type { FindExecution } from "../execution/router.ts";
import type { RunTargets } from "../execution/run.ts";
import type { CallTarget } from "../execution/target-call.ts";
import type { Store } from "../store/store.ts";
import type { Backups } from "./download-backup.ts";

export interface HandlerParts {
  readonly store: Store;
  readonly clock: Clock;
  /** What each instance may have. */
  readonly quotas: QuotaSettings;
  readonly newTargetId: () => TargetId;
  readonly newSigningKey: () => SigningKey;
  readonly newInstanceKey: (algorithm: InstanceKeyAlgorithm) => Promise<InstanceKeyPair>;
  /** Decides at save time whether an instance may call an endpoint at all. */
  readonly denyEndpoint: (instance: InstanceId) => DenyEndpoint;
  /** What the conditions of each instance may name. */
  readonly catalogs: Catalogs;
  readonly findExecution: FindExecution;
  readonly runTargets: RunTargets;
  readonly callTarget: CallTarget;
  /** Tells of deliveries that this process has changed. */
  readonly deliveryChanges: Pick<DeliveryChanges, "onChange">;
  /** Makes copies of the database; undefined when it is not a file of this process. */
  readonly backups: Backups | undefined;
}
