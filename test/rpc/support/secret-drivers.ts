/** Puts a known value into each field that holds a secret, or takes one out of it. */
import type { JsonObject } from "@bufbuild/protobuf";
import { ActionService as BetaActionService } from "../../../gen/zitadel/action/v2beta/action_service_pb.ts";
import type { TestApp } from "../../support/app.ts";
import { type Outcome, openDoors } from "../../support/doors.ts";
import { callerOf, freshInstance } from "./iam.ts";
import { anyTarget } from "./play.ts";

/** Uses one field and gives back the secrets that went through it. */
export type SecretDriver = (app: TestApp) => Promise<readonly string[]>;

/** Values of headers that were sent; no two are alike. */
export const headerSecrets = { created: "Hd1-9f1c2e7ab0", updated: "Hd2-51b7d0c9aa" } as const;

/** The target that the reads of the tests look at. */
export const secretTarget = "holder of secrets";

/** By the name of the field. A secret field that is not here fails the test. */
export const secretDrivers: Readonly<Record<string, SecretDriver>> = {
  "zitadel.action.v2.CreateTargetRequest.headers": async (app) => {
    await create(app, secretTarget);
    return [headerSecrets.created];
  },
  "zitadel.action.v2.CreateTargetResponse.signing_key": async (app) => [
    text(await create(app, "second"), "signingKey"),
  ],
  "zitadel.action.v2.UpdateTargetRequest.headers": async (app) => {
    const headers = { "x-team": headerSecrets.updated };
    await update(app, { headers });
    return [headerSecrets.updated];
  },
  "zitadel.action.v2.UpdateTargetResponse.signing_key": async (app) => [
    text(await update(app, { expirationSigningKey: "3600s" }), "signingKey"),
  ],
  "zitadel.action.v2.Target.headers": async () => Object.values(headerSecrets),
  "zitadel.action.v2.Target.signing_key": async (app) => [await signingKeyOf(app)],
  "zitadel.action.v2beta.CreateTargetResponse.signing_key": async (app) => {
    const request = { name: "third", ...anyTarget };
    return [text(await call(app, "CreateTarget", request, true), "signingKey")];
  },
  "zitadel.action.v2beta.UpdateTargetResponse.signing_key": async (app) => {
    const request = { id: await idOf(app), expirationSigningKey: "0s" };
    return [text(await call(app, "UpdateTarget", request, true), "signingKey")];
  },
  "zitadel.action.v2beta.Target.signing_key": async (app) => {
    const { message } = await call(app, "GetTarget", { id: await idOf(app) }, true);
    return [String((message.target as JsonObject).signingKey)];
  },
  "targetd.v1.CreateTokenResponse.access_token": async ({ url, tokens }) => {
    const roles = ["IAM_OWNER_VIEWER"];
    const { accessToken } = await callerOf(url, tokens.owner).tokens.createToken({ roles });
    return [accessToken];
  },
  "targetd.v1.CreateInstanceResponse.access_token": async ({ url, tokens }) => {
    const id = freshInstance();
    const { accessToken } = await callerOf(url, tokens.owner).instances.createInstance({ id });
    return [accessToken];
  },
};

/** Asks as the owner, who may. */
export async function call(
  app: TestApp,
  method: string,
  request: JsonObject,
  beta = false,
): Promise<Outcome> {
  const doors = beta ? openDoors(app.url, BetaActionService) : openDoors(app.url);
  const door = doors.all.find(({ name }) => name === "REST");
  const outcome = await door?.call(method, request, { token: app.tokens.owner });
  doors.close();
  if (outcome?.code !== "OK") throw new Error(`${method}: ${outcome?.code} ${outcome?.text}`);
  return outcome;
}

/** The id of the target with secrets. */
export async function idOf(app: TestApp): Promise<string> {
  const filters = [{ targetNameFilter: { targetName: secretTarget } }];
  const { message } = await call(app, "ListTargets", { filters });
  const [target] = message.targets as JsonObject[];
  return String(target?.id);
}

async function signingKeyOf(app: TestApp): Promise<string> {
  const { message } = await call(app, "GetTarget", { id: await idOf(app) });
  return String((message.target as JsonObject).signingKey);
}

/** With a request id, so that the answer is remembered too. */
async function create(app: TestApp, name: string): Promise<Outcome> {
  const headers = { "x-team": headerSecrets.created };
  const requestId = crypto.randomUUID();
  return call(app, "CreateTarget", { name, ...anyTarget, headers, requestId });
}

async function update(app: TestApp, changes: JsonObject): Promise<Outcome> {
  const requestId = crypto.randomUUID();
  return call(app, "UpdateTarget", { id: await idOf(app), ...changes, requestId });
}

function text({ message }: Outcome, field: string): string {
  return String(message[field]);
}
