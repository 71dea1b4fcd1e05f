/** The keys that payloads are encrypted for. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { derOf, ecKey, pemOf } from "../support/spki.ts";
import { expectOnPhone, expectPresentable, useConsole } from "./support/console.ts";

const server = useConsole();

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const dialogOf = (page: Page) => page.getByRole("dialog", { name: "Add a public key" });
const newKey = () => pemOf(derOf(ecKey()));
const keysOf = async (targetId: string) =>
  (await server.api.actions.listPublicKeys({ targetId })).publicKeys;

async function addKey(page: Page, pem: string): Promise<void> {
  await dialogOf(page).getByLabel("Public key", { exact: true }).fill(pem);
  await dialogOf(page).getByRole("button", { name: "Add key" }).click();
}

test("a target is found by its name, and its keys are added, activated and removed", async () => {
  const id = await server.createTarget("keyed");
  await server.createTarget("other");
  const page = await server.openSignedIn("/ui/public-keys");
  await page.getByLabel("Search a target by name").fill("KEYED");
  await page.getByText("other", { exact: true }).waitFor({ state: "detached" });
  await expectPresentable(page, "public-keys");
  await page.getByRole("link", { name: "keyed" }).click();
  await page.getByText("This target has no public keys.").waitFor();
  await page.getByRole("button", { name: "Add key" }).first().click();
  await addKey(page, newKey());
  await page.getByText("Active", { exact: true }).waitFor();
  await press(page, "Add key");
  await dialogOf(page).getByLabel("Activate it now").uncheck();
  await addKey(page, newKey());
  await page.getByText("Inactive", { exact: true }).waitFor();
  const [first, second] = (await keysOf(id)).toSorted((one) => (one.active ? -1 : 1));
  await expectPresentable(page, "public-keys-of-target");
  for (const verb of [`Deactivate key ${first?.keyId}`, `Remove key ${second?.keyId}`]) {
    await expectOnPhone(page, page.getByRole("button", { name: verb }));
  }
  await press(page, `Activate key ${second?.keyId}`);
  await page.getByRole("button", { name: `Remove key ${first?.keyId}` }).click();
  await press(page, "Remove key");
  await page.getByText("Removed the key.").waitFor();
  expect(await keysOf(id)).toMatchObject([{ keyId: second?.keyId, active: true }]);
});

test("a private key is not sent, and what the server refuses stands at the field", async () => {
  const id = await server.createTarget("refused keys");
  const page = await server.openSignedIn(`/ui/public-keys?target=${id}`);
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.url()));
  await page.getByRole("button", { name: "Add key" }).first().click();
  await addKey(page, pemOf(Buffer.from("secret"), "PRIVATE KEY"));
  await dialogOf(page).getByText("This is a private key.").waitFor();
  expect(sent.filter((url) => url.endsWith("AddPublicKey"))).toEqual([]);
  await addKey(page, pemOf(Buffer.from("nonsense")));
  await dialogOf(page).getByRole("alert").waitFor();
  const field = dialogOf(page).getByLabel("Public key", { exact: true });
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  await expectPresentable(page, "public-key-add");
  expect(await keysOf(id)).toEqual([]);
});
