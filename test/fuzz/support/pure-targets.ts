/** The parsers, called inside this process: millions of inputs in a minute. */
import type { Message } from "@bufbuild/protobuf";
import fc from "fast-check";
import { createLocalJWKSet } from "jose";
import { services } from "../../../src/app/services.ts";
import { tokenAuthentication } from "../../../src/auth/authenticate.ts";
import { jwtReader } from "../../../src/auth/jwt.ts";
import type { TargetKind } from "../../../src/domain/target.ts";
import { defaultInstance, micros } from "../../../src/domain/units.ts";
import { readMask, select } from "../../../src/domain/update-mask.ts";
import { formatDuration, parseDuration } from "../../../src/duration.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { parseStrictJson } from "../../../src/json/strict-json.ts";
import { methodTable } from "../../../src/rpc/method-table.ts";
import { createValidate } from "../../../src/rpc/validate.ts";
import {
  decodeQueryText,
  decodeSegment,
  decodeSegments,
  splitTarget,
} from "../../../src/server/rest/raw-path.ts";
import { compileRoutes, type Route } from "../../../src/server/rest/routes.ts";
import { parseTemplate, TemplateError } from "../../../src/server/rest/template.ts";
import { type RestRequest, requestDecoder } from "../../../src/server/rest/transcode.ts";
import { RouteTrie } from "../../../src/server/rest/trie.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { audience, newKey, rolesClaim, signedToken } from "../../support/issuer.ts";
import { jsonBytes, mutatedText } from "./mutate.ts";
import {
  durationSamples,
  maskSamples,
  pathSamples,
  requestSamples,
  templateSamples,
} from "./samples.ts";
import { type FuzzTarget, pureTarget } from "./target.ts";

type InputOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Every parser that texts from outside reach. */
export async function pureTargets(): Promise<readonly FuzzTarget[]> {
  return [
    pureTarget("strict JSON", jsonBytes(requestSamples), orRefuses(parseStrictJson)),
    pureTarget("path templates", mutatedText(templateSamples), checkTemplate),
    pureTarget("raw paths", mutatedText(pathSamples), checkRawPath),
    pureTarget("REST requests", restInput, restCheck()),
    pureTarget("update masks", maskInput, checkMask),
    pureTarget("durations", mutatedText(durationSamples), checkDuration),
    await credentials(),
  ];
}

/** Lets pass what is meant for a caller. */
function orRefuses<T>(run: (input: T) => unknown): (input: T) => void {
  return (input) => {
    try {
      run(input);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.entry.id === "TARGETD-INTERNAL") throw thrown;
    }
  };
}

function checkTemplate(text: string): void {
  try {
    const trie = new RouteTrie<string>();
    trie.add("GET", parseTemplate(text), text);
    trie.find("GET", text);
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
  }
}

function checkRawPath(target: string): void {
  const { path, query } = splitTarget(target);
  orRefuses((text: string) => decodeSegment(text, "f"))(path);
  orRefuses((text: string) => decodeSegments(text, "f"))(path);
  orRefuses(decodeQueryText)(query);
}

const verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "constructor"];

const restInput = fc.record({
  verb: fc.constantFrom(...verbs),
  target: mutatedText(pathSamples),
  ifMatch: fc.option(mutatedText(['"x"', 'W/"x"', "*"]), { nil: undefined }),
  body: jsonBytes(requestSamples),
});

interface Compiled {
  readonly decode: (request: RestRequest) => Message;
  readonly route: Route;
}

/** From the bytes of a request to a message that was checked, as the door and the pipeline do. */
function restCheck(): (input: InputOf<typeof restInput>) => void {
  const compile = (route: Route): Compiled => ({ route, decode: requestDecoder(route) });
  const routes = compileRoutes(methodTable(services, []), compile);
  const validate = createValidate();
  return ({ verb, target, ifMatch, body }) => {
    const { path, query } = splitTarget(target);
    const found = routes.find(verb, path);
    if (found.kind === "not-found") return;
    const { segments } = found;
    const { decode, route } = found.route;
    orRefuses(() => {
      const message = decode({ segments, query, ifMatch, body });
      validate(route.entry.method.input, message);
    })(undefined);
  };
}

const kinds: readonly TargetKind[] = ["restWebhook", "restCall", "restAsync"];

const maskInput = fc.record({
  paths: fc.array(
    fc.oneof(fc.constantFrom(...maskSamples), mutatedText(maskSamples), fc.string()),
    { minLength: 1, maxLength: 110 },
  ),
  kind: fc.option(fc.constantFrom(...kinds), { nil: undefined }),
  rotates: fc.boolean(),
});

/** What a mask selects and nothing objects to was named by it. */
function checkMask(input: InputOf<typeof maskInput>): void {
  const { paths, kind, rotates } = input;
  const { selection, violations } = readMask(paths, { kind, rotates });
  const given = kind === undefined ? {} : { type: { kind, interruptOnError: true } };
  const { patch } = select({ ...given, disabled: true }, selection);
  const extra = Object.keys(patch).filter((field) => !selection.fields.has(field as "name"));
  if (extra.length > 0) throw new Error(`selected without being named: ${extra}`);
  const unknown = paths.some((path) => path === "" || /[^\w.*]/.test(path));
  if (unknown && violations.length === 0) throw new Error("an unknown path passed");
}

function checkDuration(text: string): void {
  const value = parseDuration(text);
  if (value === undefined) return;
  if (value < 0n) throw new Error("a negative length of time");
  if (parseDuration(formatDuration(value)) !== value) throw new Error("prints as another one");
}

/** Nothing but the token that was issued may be let in, and nothing may fail in another way. */
async function credentials(): Promise<FuzzTarget> {
  const issuer = "https://issuer.example";
  const now = 1_800_000_000;
  const clock = () => micros(now * 1e6);
  const key = await newKey("first");
  const good = await signedToken(issuer, now, {}, key);
  const log = createLog({ level: "silent", pretty: false, colour: false });
  const roleMap = new Map([
    ["viewer", [{ role: "IAM_OWNER_VIEWER", instance: defaultInstance, organization: undefined }]],
  ]);
  const keys = createLocalJWKSet({ keys: [key.publicJwk] });
  const readJwt = jwtReader({ issuer, audience, rolesClaim, roleMap }, { keys, clock, log });
  const store = { findToken: async () => undefined, instanceExists: async () => true };
  const authenticate = tokenAuthentication({ store, clock, used: () => {}, readJwt });
  const claims = (text: string) => text.split(".").slice(0, 2).join(".");
  const samples = [`Bearer ${good}`, good, `Bearer tgd_${"a".repeat(12)}_${"b".repeat(43)}`];
  return pureTarget("credentials", mutatedText(samples), async (header) => {
    try {
      await authenticate(() => header);
    } catch (thrown) {
      const id = thrown instanceof ApiError ? thrown.id : "";
      if (id !== "AUTH-7fs1e" && id !== "AUTH-5mWD2") throw thrown;
      return;
    }
    if (!header.includes(claims(good))) throw new Error("a changed token was accepted");
  });
}
