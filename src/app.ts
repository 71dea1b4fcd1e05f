/** The composition root: the only file that knows the concrete parts. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectRouter } from "@connectrpc/connect";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { ActionService } from "../gen/zitadel/action/v2/action_service_pb.ts";
import { tokenAuthentication } from "./auth/authenticate.ts";
import { createFirstToken, type FirstStart } from "./auth/bootstrap.ts";
import { type Clock, forwardClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { DenyEndpoint } from "./domain/target-update.ts";
import type { ReportBug } from "./errors/to-wire.ts";
import { targetIdSource } from "./ids.ts";
import { unaryHandlers } from "./rpc/handlers.ts";
import { methodTable } from "./rpc/method-table.ts";
import { createPipeline } from "./rpc/pipeline.ts";
import { createValidate } from "./rpc/validate.ts";
import { createConnectDoor } from "./server/connect.ts";
import { createFrontDoor } from "./server/front-door.ts";
import { createHealth, createServingState } from "./server/health.ts";
import { listen } from "./server/listen.ts";
import { createOpsDoor } from "./server/ops.ts";
import { createReflection } from "./server/reflection.ts";
import { createRestDoor } from "./server/rest/door.ts";
import { newSigningKey } from "./signing/new-signing-key.ts";
import { loadOrCreateMasterKey } from "./store/master-key.ts";
import { openSqliteStore } from "./store/sqlite/open.ts";
import type { Store } from "./store/store.ts";
import { startSweeper } from "./store/sweeper.ts";
import type { Logger } from "./telemetry/log.ts";

/** Largest request body in bytes, inflated. */
const maxBodyBytes = 4 * 1024 * 1024;

/** A running server. */
export interface App {
  /** Where it listens, for instance "http://127.0.0.1:8080". */
  readonly url: string;
  /** Set when this start made the first access token. */
  readonly firstStart: FirstStart | undefined;
  /** Stops taking calls, finishes those under way, closes the store. */
  stop(): Promise<void>;
}

/** What tests may replace. */
export interface AppOverrides {
  readonly clock?: Clock;
}

/**
 * Opens the store and the port.
 *
 * @throws Error whose message tells an operator what to do
 */
export async function buildApp(
  config: Config,
  log: Logger,
  overrides: AppOverrides = {},
): Promise<App> {
  const clock = overrides.clock ?? forwardClock();
  const store = await openStore(config);
  try {
    const now = clock();
    const firstStart = await createFirstToken(store, config.dataDir, config.bootstrapToken, now);
    return { ...(await serve(config, log, store, clock)), firstStart };
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}
