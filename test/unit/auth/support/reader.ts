/** Everything that reads JWTs, put together as the server does, with an issuer in the test. */
import { Code } from "@connectrpc/connect";
import { onTestFinished } from "vitest";
import { AuthenticationFailure } from "../../../../src/auth/failed-authentications.ts";
import type { Identity } from "../../../../src/auth/identity.ts";
import { issuerKeys } from "../../../../src/auth/issuer-keys.ts";
import { fetchLimits, keySetFetcher } from "../../../../src/auth/jwks-fetch.ts";
import { type JwtRules, jwtReader } from "../../../../src/auth/jwt.ts";
import { defaultInstance } from "../../../../src/domain/units.ts";
import { ApiError } from "../../../../src/errors/api-error.ts";
import { createLog } from "../../../../src/telemetry/log.ts";
import { audience, openIssuer, rolesClaim, type TestIssuer } from "../../../support/issuer.ts";
import { tickingClock } from "../../../support/ticking-clock.ts";

export interface ReaderSetup {
  readonly issuer: TestIssuer;
  /** Moves the time on. */
  pass(seconds: number): void;
  /** Seconds since 1970. */
  now(): number;
  /** Lines of the log of the level "warn". */
  warnings(): readonly string[];
  /** Everything that was logged. */
  readonly logged: readonly string[];
  /** "refused", the name of a gRPC status, or the identity. */
  read(text: string): Promise<Identity | string>;
}

export interface ReaderOptions extends Partial<JwtRules> {
  readonly jwksUrl?: string;
  readonly dev?: boolean;
  /** Milliseconds; tests of slow answers shorten it. */
  readonly timeoutMs?: number;
}

const viewerOnly: JwtRules["roleMap"] = new Map([
  ["viewer", [{ role: "IAM_OWNER_VIEWER", instance: defaultInstance, organization: undefined }]],
]);

export async function openReader(options: ReaderOptions = {}): Promise<ReaderSetup> {
  const { jwksUrl, dev = true, timeoutMs = fetchLimits.timeoutMs, ...rules } = options;
  const issuer = await openIssuer();
  onTestFinished(() => issuer.close());
  const clock = tickingClock();
  const logged: string[] = [];
  const destination = { write: (line: string) => void logged.push(line) };
  const log = createLog({ level: "trace", pretty: false, colour: false, destination });
  const limits = { ...fetchLimits, timeoutMs };
  const fetchKeySet = keySetFetcher({ issuer: issuer.url, jwksUrl, dev }, limits);
  const read = jwtReader(
    { issuer: issuer.url, audience, rolesClaim, roleMap: viewerOnly, ...rules },
    { keys: issuerKeys({ fetchKeySet, clock: clock.now, log }), clock: clock.now, log },
  );
  return {
    issuer,
    pass: clock.pass,
    now: () => Math.floor(clock.now() / 1e6),
    logged,
    warnings: () => logged.filter((line) => JSON.parse(line).level === "warn"),
    read: async (text) => {
      try {
        return (await read(text)) ?? "refused";
      } catch (thrown) {
        if (thrown instanceof AuthenticationFailure && thrown.reason === "invalid-jwt") {
          return "refused";
        }
        if (thrown instanceof ApiError) return Code[thrown.entry.code] ?? "";
        throw thrown;
      }
    },
  };
}
