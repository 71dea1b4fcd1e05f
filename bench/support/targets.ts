/** Targets for calls to change and to read. */
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import type { BenchServer } from "./server.ts";

/** @returns their ids */
export async function createTargets(server: BenchServer, count: number): Promise<string[]> {
  const client = server.client(ActionService);
  const ids: string[] = [];
  const atOnce = 100;
  for (let from = 0; from < count; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) =>
      client.createTarget({
        name: `bench-${from + index}`,
        targetType: { case: "restWebhook", value: {} },
        ...{ timeout: { seconds: 10n }, endpoint: "https://example.com/hook" },
      }),
    );
    ids.push(...(await Promise.all(some)).map(({ id }) => id));
  }
  return ids;
}
