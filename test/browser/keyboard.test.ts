/** A whole task without a mouse. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { useConsole } from "./support/console.ts";
import { conditionOf } from "./support/events.ts";

const server = useConsole();

/** More than any page here has. */
const mostStops = 40;

/** What screen readers say of the element that has the focus, or what is written on it. */
const focused = `(() => {
  const { ariaLabel, textContent, labels } = document.activeElement;
  return (ariaLabel || labels?.[0]?.textContent || textContent || "").trim();
})()`;

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const passed: unknown[] = [];
  while (passed.length < mostStops) {
    await page.keyboard.press("Tab");
    const text = await page.evaluate<string>(focused);
    if (typeof name === "string" ? text === name : name.test(text)) return;
    passed.push(text);
  }
  throw new Error(`no ${name} among ${passed.join(", ")}`);
}

test("from the sign-in to a saved order of targets by keys alone", async () => {
  const id = "function/preuserinfo";
  const [first, second] = [await server.createTarget("first"), await server.createTarget("second")];
  await server.api.actions.setExecution({ condition: conditionOf(id), targets: [first, second] });
  const page = await server.open("/ui/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.keyboard.type(server.app.tokens.owner);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "first" }).waitFor();
  await tabTo(page, "Executions");
  await page.keyboard.press("Enter");
  await page.getByText(id).waitFor();
  await tabTo(page, id);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove second" }).waitFor();
  await tabTo(page, /^Move second, position 2/);
  await page.keyboard.press("ArrowUp");
  await page.getByText("second is at position 1 of 2.").waitFor();
  await tabTo(page, "Save order and targets");
  await page.keyboard.press("Space");
  await page.getByText(`Saved ${id}.`).waitFor();
  const { executions } = await server.api.actions.listExecutions({});
  expect(executions.map(({ targets }) => targets)).toEqual([[second, first]]);
});
