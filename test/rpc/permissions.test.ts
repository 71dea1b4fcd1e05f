/** Calls every method with every kind of credential; docs/permissions.md is what they come to. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { services } from "../../src/app/services.ts";
import { type MethodEntry, methodTable } from "../../src/rpc/method-table.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { openPlainClient, type PlainClient } from "../support/plain-http2.ts";
import { type Admission, admissionDoors } from "./support/admission.ts";
import { credentialKinds, type PickToken } from "./support/credentials.ts";
import { type PermissionRow, permissionsPage } from "./support/permissions-page.ts";

let app: TestApp;
let client: PlainClient;

beforeAll(async () => {
  app = await startTestApp();
  client = await openPlainClient(app.url);
});

afterAll(async () => {
  await client.close();
  await app.stop();
});

/** Fails unless all doors that lead to the method agree. */
async function outcome(entry: MethodEntry, credential: string, pick: PickToken): Promise<string> {
  const token = pick(entry);
  if (token === null) return "";
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const found: Record<string, Admission> = {};
  for (const [door, call] of Object.entries(admissionDoors)) {
    const admission = await call(client, entry.method, authorization);
    if (admission !== undefined) found[door] = admission;
  }
  const { gRPC: first = "OK" } = found;
  const same = Object.fromEntries(Object.keys(found).map((door) => [door, first]));
  expect(found, `${entry.name} with ${credential}`).toEqual(same);
  return first;
}

test("docs/permissions.md says what every method answers to every credential", async () => {
  const kinds = await credentialKinds(app);
  const rows: PermissionRow[] = [];
  for (const entry of methodTable(services, []).values()) {
    const outcomes: string[] = [];
    for (const [name, pick] of kinds) outcomes.push(await outcome(entry, name, pick));
    rows.push({ entry, outcomes });
  }
  const page = permissionsPage(
    kinds.map(([name]) => name),
    rows,
  );
  await expect(page).toMatchFileSnapshot("../../docs/permissions.md");
});
