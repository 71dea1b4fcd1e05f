/** A server to send bad requests to, which tells of everything it took for a bug of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp } from "../../../src/app.ts";
import { forwardClock } from "../../../src/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { freePorts, insertTokens, type TestTokens } from "../../support/app.ts";

export interface FuzzServer {
  readonly url: string;
  readonly tokens: TestTokens;
  /** A target that exists. */
  readonly targetId: string;
  /** Lines of the level "error" and above since the last call. */
  takeErrors(): readonly string[];
  close(): Promise<void>;
}

export async function openFuzzServer(): Promise<FuzzServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "targetd-fuzz-"));
  const env = { ...freePorts, TARGETD_DATA_DIR: dataDir };
  const clock = forwardClock();
  const tokens = await insertTokens(dataDir, clock());
  const errors: string[] = [];
  const destination = { write: (line: string) => void errors.push(line) };
  const log = createLog({ level: "error", pretty: false, colour: false, destination });
  const app = await buildApp(loadConfig({ env, flags: {}, dev: false }), log, { clock });
  return {
    url: app.url,
    tokens,
    targetId: await createTarget(app.url, tokens.owner),
    takeErrors: () => errors.splice(0),
    async close() {
      await app.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function createTarget(url: string, token: string): Promise<string> {
  const target = { name: "first", restCall: {}, timeout: "5s", endpoint: "https://example.com/" };
  const response = await fetch(`${url}/v2/actions/targets`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(target),
  });
  const { id } = (await response.json()) as { readonly id: string };
  return id;
}
