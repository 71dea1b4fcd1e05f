/** The pages of executions: which targets are called when, and in which order. */
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectPresentable, useConsole } from "./support/console.ts";
import { conditionOf } from "./support/events.ts";

const server = useConsole();

const service = "zitadel.action.v2.ActionService";
const editPage = (id: string) => `/ui/executions/edit?${new URLSearchParams({ condition: id })}`;

/** Sets the targets of a condition to new ones of these names. */
async function setTargets(id: string, names: readonly string[]): Promise<readonly string[]> {
  const targets: string[] = [];
  for (const name of names) targets.push(await server.createTarget(name));
  await server.api.actions.setExecution({ condition: conditionOf(id), targets });
  return targets;
}

/** The list of a condition as the server has it. */
async function savedTargets(id: string): Promise<readonly string[] | undefined> {
  const value = { conditions: [conditionOf(id)] };
  const { executions } = await server.api.actions.listExecutions({
    filters: [{ filter: { case: "inConditionsFilter", value } }],
  });
  return executions[0]?.targets;
}

const namesOf = (page: Page) => page.locator(".order-target > a").allTextContents();
const handleOf = (page: Page, name: string) =>
  page.getByRole("button", { name: new RegExp(`^Move ${name}, position`) });
const save = (page: Page) => page.getByRole("button", { name: "Save order and targets" }).click();
const toast = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor();

async function middleOf(element: Locator): Promise<{ readonly x: number; readonly y: number }> {
  const box = await element.boundingBox();
  if (box === null) throw new Error("the element is not shown");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test("the order is changed by keys alone, told to screen readers, and saved", async () => {
  const id = `request/${service}/CreateTarget`;
  const [first, second, third] = await setTargets(id, ["audit", "fraud", "stock"]);
  const page = await server.openSignedIn(editPage(id));
  await handleOf(page, "stock").focus();
  await page.keyboard.press("ArrowUp");
  await page.getByText("stock is at position 2 of 3.").waitFor();
  expect(await page.evaluate("document.activeElement.ariaLabel")).toBe(
    "Move stock, position 2 of 3",
  );
  await page.keyboard.press("Home");
  expect(await namesOf(page)).toEqual(["stock", "audit", "fraud"]);
  await page.getByRole("button", { name: "Move audit down" }).press("Enter");
  expect(await namesOf(page)).toEqual(["stock", "fraud", "audit"]);
  await page.getByRole("button", { name: "Save order and targets" }).press("Enter");
  await toast(page, `Saved ${id}.`);
  expect(await savedTargets(id)).toEqual([third, second, first]);
});

test("the order is changed by dragging, and Escape gives up", async () => {
  const id = `request/${service}/GetTarget`;
  const [first, second, third] = await setTargets(id, ["one", "two", "three"]);
  const page = await server.openSignedIn(editPage(id));
  const from = await middleOf(handleOf(page, "one"));
  const to = await middleOf(handleOf(page, "three"));
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y + 5);
  await page.locator(".order-drop-after").waitFor();
  await page.keyboard.press("Escape");
  await page.mouse.up();
  expect(await namesOf(page)).toEqual(["one", "two", "three"]);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y + 5);
  await page.locator(".order-drop-after").waitFor();
  await page.mouse.up();
  await page.getByText("one is at position 3 of 3.").waitFor();
  await save(page);
  await toast(page, `Saved ${id}.`);
  expect(await savedTargets(id)).toEqual([second, third, first]);
});

test("two who edit the same list do not overwrite each other unseen", async () => {
  const id = `response/${service}`;
  const [left, right] = await setTargets(id, ["left", "right"]);
  const page = await server.openSignedIn(editPage(id));
  await page.getByRole("button", { name: "Remove left" }).click();
  const other = await server.createTarget("other");
  await server.api.actions.setExecution({
    condition: conditionOf(id),
    targets: [left, right, other].flatMap((each) => each ?? []),
  });
  await save(page);
  await page.getByRole("heading", { name: "Somebody else has changed this list" }).waitFor();
  await page.locator(".columns").getByText("other").waitFor();
  expect(await savedTargets(id)).toEqual([left, right, other]);
  await expectPresentable(page, "execution-conflict");
  await page.getByRole("button", { name: "Replace it by mine" }).click();
  await toast(page, `Saved ${id}.`);
  expect(await savedTargets(id)).toEqual([right]);
});

test("a changed list is not left unasked, and one that is saved or undone is", async () => {
  const id = "function/preaccesstoken";
  await setTargets(id, ["upper", "lower"]);
  const page = await server.openSignedIn(editPage(id));
  let asked = 0;
  page.on("dialog", async (dialog) => {
    asked++;
    await dialog.dismiss();
  });
  const leave = () => page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("button", { name: "Move upper down" }).click();
  await leave();
  expect(asked).toBe(1);
  expect(await namesOf(page)).toEqual(["lower", "upper"]);
  await page.getByRole("button", { name: "Undo changes" }).click();
  await leave();
  await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Remove upper" }).click();
  await save(page);
  await toast(page, `Saved ${id}.`);
  await leave();
  await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
  expect(asked).toBe(1);
});

test("the page of an event speaks of deliveries, where nothing interrupts", async () => {
  const targetType = { case: "restCall", value: { interruptOnError: true } } as const;
  const target = await server.createTarget("told", { targetType });
  for (const id of ["event/target.added", "function/preuserinfo"]) {
    await server.api.actions.setExecution({ condition: conditionOf(id), targets: [target] });
  }
  const page = await server.openSignedIn(editPage("function/preuserinfo"));
  await page.getByText("interrupts", { exact: true }).waitFor();
  await page.getByText(/are called, in this order,/).waitFor();
  await page.goto(new URL(editPage("event/target.added"), page.url()).href);
  await page.getByText("Each of these targets gets a delivery of its own").waitFor();
  await page.getByRole("link", { name: "told" }).waitFor();
  expect(await page.getByText("interrupts", { exact: true }).count()).toBe(0);
});

test("nor does a new list replace one that somebody else has set meanwhile", async () => {
  const id = "function/presamlresponse";
  await server.createTarget("mine");
  const page = await server.openSignedIn(editPage(id));
  await page.getByLabel("Add a target").fill("mine");
  await page.getByRole("button", { name: "Add to the list" }).click();
  const theirs = await setTargets(id, ["theirs"]);
  await save(page);
  await page.getByRole("heading", { name: "Somebody else has changed this list" }).waitFor();
  await page.getByRole("button", { name: "Discard mine" }).click();
  await page.getByRole("button", { name: "Remove theirs" }).waitFor();
  expect(await savedTargets(id)).toEqual(theirs);
});

test("a condition is chosen from the catalogue, and a target that can block callers is warned of", async () => {
  const targetType = { case: "restCall", value: { interruptOnError: true } } as const;
  const target = await server.createTarget("gate", { targetType, disabled: true });
  const page = await server.openSignedIn("/ui/executions");
  await page.getByRole("link", { name: "New execution" }).click();
  await page.getByLabel("Method", { exact: true }).fill("/shop.v1.Shop/Buy");
  await page.getByRole("button", { name: "Choose targets" }).click();
  await page.getByText("The catalogue has no /shop.v1.Shop/Buy.").waitFor();
  await expectPresentable(page, "execution-new");
  await page.getByText("All methods of a service").click();
  await page.getByLabel("Service", { exact: true }).fill(service);
  await page.getByText(`Targets will be called before every method of ${service}.`).waitFor();
  await page.getByRole("button", { name: "Choose targets" }).click();
  await page.getByLabel("Add a target").fill("gate");
  await page.getByRole("button", { name: "Add to the list" }).click();
  const warning = page.getByRole("alert");
  await warning.getByText("These targets can block callers.").waitFor();
  expect(await warning.textContent()).toContain("as the list is, every such call fails");
  expect(await warning.textContent()).toContain("targetd-skip-executions");
  await expectPresentable(page, "execution");
  await save(page);
  await toast(page, `Saved request/${service}.`);
  await page.getByText("EXEC-dra6yamk98").waitFor();
  await page.getByRole("button", { name: "Call without executions" }).click();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Remove gate" }).click();
  await save(page);
  await toast(page, `Removed request/${service}.`);
  await page.getByRole("button", { name: "Call with executions again" }).click();
  expect(await savedTargets(`request/${service}`)).toBeUndefined();
  const { changes } = await server.api.audit.listChanges({ resourceId: `request/${service}` });
  expect(changes.map(({ fields }) => fields[0]?.newValue)).toHaveLength(2);
  expect(JSON.stringify(changes.at(-1)?.fields[0])).toContain(target);
});

test("the list says who is called when, and its filters are in the address", async () => {
  await setTargets("event/target.*", ["mirror"]);
  await setTargets("function/preuserinfo", ["claims"]);
  const page = await server.openSignedIn("/ui/executions?kind=event");
  await page.getByText("event/target.*").waitFor();
  expect(await page.getByText("function/preuserinfo").count()).toBe(0);
  await page.getByLabel("Kind").selectOption("Function");
  await page.getByRole("link", { name: "claims" }).waitFor();
  expect(new URL(page.url()).search).toBe("?kind=function");
  await page.getByLabel("Kind").selectOption("Every kind");
  await page.getByLabel("Target").fill("mirror");
  await page.waitForURL(/target=/);
  await page.getByText("function/preuserinfo").waitFor({ state: "detached" });
  expect(await page.getByRole("row").count()).toBe(2);
  await page.getByLabel("Target").fill("");
  await page.getByText("function/preuserinfo").waitFor();
  await expectPresentable(page, "executions");
});
