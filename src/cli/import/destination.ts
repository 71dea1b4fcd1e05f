/** The targetd that things are brought to. */
import { CatalogService } from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import type { ActionFlags } from "../call-flags.ts";
import { withTransport } from "../client.ts";
import type { Io } from "../io.ts";
import { actionHeaders } from "../target/client.ts";
import type { Names } from "./plan-executions.ts";
import type { Call } from "./read.ts";
import { repeated } from "./retry.ts";

/** Lets `use` call the server that the connection flags name; errors come out as for every command. */
export function withDestination<T>(
  flags: ActionFlags,
  io: Io,
  use: (call: Call) => Promise<T>,
): Promise<T> {
  return withTransport(
    flags,
    io,
    (transport) =>
      use(async (method, request) => {
        const { message } = await transport.unary(
          ...([method, undefined, undefined, undefined, request] as const),
        );
        return message;
      }),
    actionHeaders(flags),
  );
}

/** Everything that conditions may name there. */
export async function namesOf(call: Call): Promise<Names> {
  const catalog = await repeated(() => call(CatalogService.method.getCatalog, {}));
  const listMethods = ActionService.method.listExecutionMethods;
  const { methods } = await repeated(() => call(listMethods, {}));
  return {
    methods: new Set(methods),
    services: new Set(catalog.sources.flatMap(({ services }) => services)),
    functions: new Set(catalog.functions),
    eventTypes: new Set(catalog.eventTypes),
  };
}
