/** Rotating and revoking the key that signs calls. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openHook } from "../support/hook.ts";
import { expectOnPhone, expectPresentable, useConsole } from "./support/console.ts";

const server = useConsole();

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const read = async (id: string) => (await server.api.actions.getTarget({ id })).target;

test("a rotation says what to do, shows the new key once, and both keys sign until the old one ends", async () => {
  const hook = await openHook();
  const id = await server.createTarget("rotated", { endpoint: hook.url });
  const old = await read(id);
  const page = await server.openSignedIn(`/ui/targets/${id}`);
  await press(page, "Rotate key");
  await page.getByLabel("7 days").check();
  await expectPresentable(page, "rotate-grace");
  await press(page, "Next");
  await page.getByRole("heading", { name: "It checks ZITADEL-Signature" }).waitFor();
  await page.getByRole("heading", { name: "Standard Webhooks" }).waitFor();
  await expectPresentable(page, "rotate-receiver");
  await press(page, "Rotate now");
  const key = await page.getByText(/^whsec_\S{40,}/).textContent();
  await expectPresentable(page, "rotate-key");
  await press(page, "I have stored the key");
  const target = await read(id);
  expect([target?.signingKey, target?.previousSigningKeys[0]?.keyId]).toEqual([
    key,
    old?.signingKeyId,
  ]);
  const rows = page.getByRole("region", { name: "Signing keys" }).getByRole("row");
  await rows
    .filter({ hasText: old?.signingKeyId ?? "" })
    .getByText("Still signs")
    .waitFor();
  await page.getByText("in 7 days").waitFor();
  expect(await page.content()).not.toContain(key);
  await press(page, "Send a test call");
  await page.getByText("Succeeded").waitFor();
  expect(hook.hits[0]?.headers["zitadel-signature"]).toMatch(/^t=\d+,v1=\w+,v1=\w+$/);
});

test("an old key is revoked before its time", async () => {
  const id = await server.createTarget("revoked");
  await server.api.actions.updateTarget({ id, expirationSigningKey: { seconds: 3600n } });
  const keyId = (await read(id))?.previousSigningKeys[0]?.keyId ?? "";
  const page = await server.openSignedIn(`/ui/targets/${id}`);
  await expectOnPhone(page, page.getByRole("button", { name: `Revoke key ${keyId}` }));
  await press(page, `Revoke key ${keyId}`);
  await press(page, "Revoke key");
  await page.getByText("Revoked the key.").waitFor();
  await page.getByText(keyId, { exact: true }).waitFor({ state: "detached" });
  expect((await read(id))?.previousSigningKeys).toEqual([]);
});

test("a grace period of one's own is checked before anything is made", async () => {
  const id = await server.createTarget("own grace");
  const before = (await read(id))?.signingKeyId;
  const page = await server.openSignedIn(`/ui/targets/${id}`);
  await press(page, "Rotate key");
  await page.getByLabel("Another period").check();
  const period = page.getByLabel("Period", { exact: true });
  for (const wrong of ["", "soon", "31d"]) {
    await period.fill(wrong);
    await press(page, "Next");
    await page.getByText(/Enter a duration|At most 30d/).waitFor();
    expect(await period.getAttribute("aria-invalid")).toBe("true");
  }
  await period.fill("30d");
  await press(page, "Next");
  await page.getByRole("button", { name: "Rotate now" }).waitFor();
  await page.keyboard.press("Escape");
  expect((await read(id))?.signingKeyId).toBe(before);
});
