/** Making, changing, trying and deleting one target. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openHook } from "../support/hook.ts";
import { expectPresentable, useConsole } from "./support/console.ts";

const server = useConsole();

const pageOf = (id: string) => `/ui/targets/${id}`;
const editPageOf = (id: string) => `${pageOf(id)}/edit`;
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const focused = (page: Page) => page.evaluate("document.activeElement.textContent");
const read = async (id: string) => (await server.api.actions.getTarget({ id })).target;
const idIn = (page: Page) => new URL(page.url()).pathname.split("/").at(3) ?? "";

test("a target is created; what is wrong stands at its field, and the key is shown once", async () => {
  const page = await server.openSignedIn("/ui/targets");
  await page.getByRole("link", { name: "New target" }).first().click();
  await press(page, "Create target");
  expect(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid")).toBe("true");
  await expect.poll(() => page.evaluate("document.activeElement.type")).toBe("text");
  await page.getByLabel("Name", { exact: true }).fill("created");
  await page.getByLabel("Endpoint").fill("ftp://example.com");
  await press(page, "Create target");
  await page.getByText("COMMAND-1r2k6qo6wg").waitFor();
  expect(await page.getByLabel("Endpoint").getAttribute("aria-invalid")).toBe("true");
  await page.getByLabel("Endpoint").fill("https://example.com/created");
  await page.getByLabel("Async").check();
  await page.getByLabel("Timeout").fill("1m30s");
  await page.getByLabel("JWT").check();
  await press(page, "Add header");
  await page.getByLabel("Name of header 1").fill("x-api-key");
  await page.getByLabel("Value of header 1").fill("secret-of-the-header");
  await page.getByLabel("Own retries and limits").check();
  await page.getByLabel("Wait before each retry").fill("1s, 1m");
  await page.getByLabel("Delete it after").fill("1h");
  await expectPresentable(page, "target-new");
  await press(page, "Create target");
  const dialog = page.getByRole("dialog", { name: "Target created" });
  const key = await dialog.getByText(/^whsec_\S{40,}/).textContent();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await dialog.getByRole("button", { name: "Copy signing key" }).click();
  await dialog.getByRole("status").getByText("Copied.").waitFor();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(key);
  await page.keyboard.press("Escape");
  expect(await dialog.isVisible()).toBe(true);
  await expectPresentable(page, "target-created");
  await press(page, "I have stored the key");
  await page.getByRole("heading", { name: "created", level: 1 }).waitFor();
  expect(await read(idIn(page))).toMatchObject({
    name: "created",
    endpoint: "https://example.com/created",
    targetType: { case: "restAsync" },
    timeout: { seconds: 90n },
    payloadType: 2,
    headers: { "x-api-key": "" },
    deliveryPolicy: { retryDelays: [{ seconds: 1n }, { seconds: 60n }] },
    signingKey: key,
    expirationDate: { seconds: expect.any(BigInt) },
  });
  await page.getByText("Temporary", { exact: true }).waitFor();
  expect(await page.content()).not.toContain(key);
  await expectPresentable(page, "target");
});

test("an edit sends what was changed and leaves the rest to others", async () => {
  const id = await server.createTarget("edited");
  const page = await server.openSignedIn(pageOf(id));
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Timeout").fill("25s");
  const sent = page.waitForRequest(/UpdateTarget$/);
  await press(page, "Save changes");
  const body = (await sent).postDataJSON();
  expect(body).toEqual({ id, etag: expect.any(String), timeout: "25s", updateMask: "timeout" });
  await page.getByText("Saved the target.").waitFor();
  expect((await read(id))?.timeout?.seconds).toBe(25n);
});

test("what is typed and not saved is not left unasked, by whichever way", async () => {
  const id = await server.createTarget("kept");
  const page = await server.openSignedIn(pageOf(id));
  const asked: string[] = [];
  let leave = false;
  page.on("dialog", async (dialog) => {
    asked.push(dialog.type());
    await (leave ? dialog.accept() : dialog.dismiss());
  });
  const edit = page.getByRole("link", { name: "Edit", exact: true });
  const name = page.getByLabel("Name", { exact: true });
  await edit.click();
  await name.fill("typed");
  await page.getByRole("link", { name: "Audit" }).click();
  await page.evaluate("history.back()");
  await expect.poll(() => asked).toEqual(["confirm", "confirm"]);
  await page.waitForURL(`**${editPageOf(id)}`);
  expect(await name.inputValue()).toBe("typed");
  await page.evaluate("location.reload()");
  await expect.poll(() => asked.at(-1)).toBe("beforeunload");
  expect(await name.inputValue()).toBe("typed");
  leave = true;
  await page.evaluate("history.back()");
  await page.getByRole("heading", { name: "kept", level: 1 }).waitFor();
  expect(asked).toHaveLength(4);
  await edit.click();
  await name.fill("typed");
  await name.fill("kept");
  await page.getByRole("link", { name: "Cancel" }).click();
  await edit.click();
  await name.fill("saved");
  await press(page, "Save changes");
  await page.getByRole("heading", { name: "saved", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
  expect(asked).toHaveLength(4);
});

test("two who edit the same target choose field by field, and nothing is overwritten unseen", async () => {
  const id = await server.createTarget("contested");
  const page = await server.openSignedIn(editPageOf(id));
  await page.getByLabel("Endpoint").fill("https://example.com/mine");
  await page.getByLabel("Timeout").fill("20s");
  await page.getByLabel("Keep the order").check();
  const theirs = { endpoint: "https://example.com/theirs", timeout: { seconds: 30n }, name: "won" };
  await server.api.actions.updateTarget({ id, ...theirs });
  await press(page, "Save changes");
  await page.getByRole("heading", { name: "Somebody changed this target" }).waitFor();
  expect(await read(id)).toMatchObject(theirs);
  await press(page, "Save again");
  expect(await page.getByText("Choose yours or theirs.").count()).toBe(2);
  await expectPresentable(page, "target-conflict");
  const endpoint = page.getByRole("group", { name: "Endpoint" });
  await endpoint.getByText("https://example.com/hook").waitFor();
  await endpoint.getByRole("radio", { name: "Yours" }).check();
  await page.getByRole("group", { name: "Timeout" }).getByRole("radio", { name: "Theirs" }).check();
  await server.api.actions.updateTarget({ id, endpoint: "https://example.com/again" });
  await press(page, "Save again");
  await page.getByText("https://example.com/again").waitFor();
  expect((await read(id))?.endpoint).toBe("https://example.com/again");
  await endpoint.getByRole("radio", { name: "Yours" }).check();
  await press(page, "Save again");
  await page.getByText("Saved the target.").waitFor();
  expect(await read(id)).toMatchObject({
    name: "won",
    endpoint: "https://example.com/mine",
    timeout: { seconds: 30n },
    ordered: true,
  });
});

test("from a conflict one can go back to the form with what was typed", async () => {
  const id = await server.createTarget("back to the form");
  const page = await server.openSignedIn(editPageOf(id));
  await page.getByLabel("Timeout").fill("20s");
  await server.api.actions.updateTarget({ id, timeout: { seconds: 30n }, disabled: true });
  await press(page, "Save changes");
  await press(page, "Go on in the form");
  expect(await page.getByLabel("Timeout").inputValue()).toBe("20s");
  expect(await page.getByLabel("Enabled").isChecked()).toBe(false);
  await press(page, "Save changes");
  await page.getByText("Saved the target.").waitFor();
  expect(await read(id)).toMatchObject({ timeout: { seconds: 20n }, disabled: true });
});

test("a test call shows what the receiver answered", async () => {
  const hook = await openHook(() => ({ status: 418, body: "short and stout" }));
  const id = await server.createTarget("tried", { endpoint: hook.url });
  const page = await server.openSignedIn(pageOf(id));
  await press(page, "Send a test call");
  await page.getByText("short and stout").waitFor();
  await page.getByText("418", { exact: true }).waitFor();
  expect(hook.hits).toHaveLength(1);
  await expectPresentable(page, "target-tested");
});

test("a target is deleted after a question, and its page says that it is gone", async () => {
  const id = await server.createTarget("deleted");
  const page = await server.openSignedIn(pageOf(id));
  await press(page, "Delete");
  await expectPresentable(page, "target-delete");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => focused(page)).toBe("Delete");
  await press(page, "Delete");
  await press(page, "Delete target");
  await page.getByText("Deleted deleted.").waitFor();
  await page.goBack();
  await page.getByText("QUERY-hj5oaniyrz").waitFor();
});
