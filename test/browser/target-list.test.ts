/** The list of targets, also where there are very many. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { defaultInstance, micros, targetId } from "../../src/domain/units.ts";
import type { Store } from "../../src/store/store.ts";
import { sampleSettings, sampleTarget } from "../support/targets.ts";
import { expectPresentable, useConsole } from "./support/console.ts";

const count = 10_000;

const nameOf = (number: number) => `target-${String(number).padStart(5, "0")}`;

/** Number 1 is the oldest. */
async function fill(store: Store): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  await Promise.all(
    numbers.map((number) => {
      const settings = sampleSettings({ name: nameOf(number) });
      const at = micros(number);
      const target = sampleTarget({
        ...{ id: targetId(nameOf(number)), createdAt: at, changedAt: at, settings },
      });
      return store.createTarget(defaultInstance, target, { author: "test", at });
    }),
  );
}

const server = useConsole({ prepare: fill });

const table = (page: Page) => page.getByRole("table", { name: "Targets" });
const rowsOf = (page: Page) => table(page).locator("tbody tr:not(.gap)");
const linkTo = (page: Page, number: number) => page.getByRole("link", { name: nameOf(number) });

test("ten thousand targets are scrolled through with few rows in the document", async () => {
  const page = await server.openSignedIn("/ui/targets");
  await linkTo(page, count).waitFor();
  expect(await table(page).getAttribute("aria-rowcount")).toBe(String(count + 1));
  const rows: number[] = [await rowsOf(page).count()];
  for (const share of [0.25, 0.5, 0.75, 1]) {
    await page.evaluate(`scrollTo(0, document.body.scrollHeight * ${share})`);
    // The first row in sight has its target.
    await page.locator("tbody th a").first().waitFor();
    rows.push(await rowsOf(page).count());
  }
  await linkTo(page, 1).waitFor();
  expect(Math.max(...rows)).toBeLessThan(60);
  const last = rowsOf(page).last();
  expect(await last.getAttribute("aria-rowindex")).toBe(String(count + 1));
  expect(await linkTo(page, 1).isVisible()).toBe(true);
});

test("targets are found by a part of the name, in the order that the address says", async () => {
  const page = await server.openSignedIn("/ui/targets");
  await page.getByLabel("Search by name").fill("TARGET-0999");
  await page.getByText("10 targets with").waitFor();
  expect(await rowsOf(page).count()).toBe(10);
  await page.getByLabel("Order").selectOption("Name, A to Z");
  await rowsOf(page).first().getByText(nameOf(9990)).waitFor();
  expect(new URL(page.url()).search).toBe("?q=TARGET-0999&sort=name");
  await page.reload();
  await rowsOf(page).first().getByText(nameOf(9990)).waitFor();
  await linkTo(page, 9999).click();
  await page.getByRole("heading", { name: nameOf(9999) }).waitFor();
  await page.goBack();
  await page.getByText("10 targets with").waitFor();
  await page.getByLabel("Search by name").fill("no such target");
  await page.getByText("No target has").waitFor();
  await expectPresentable(page, "targets-none");
  await page.getByRole("button", { name: "Show all targets" }).click();
  await page.getByText("10,000 targets").waitFor();
});

/** Goes on typing in the moment in which the address takes what was typed before. */
const typeDuringUpdate = `
  const { replaceState } = history;
  history.replaceState = (...parameters) => {
    history.replaceState = replaceState.bind(history);
    history.replaceState(...parameters);
    const field = document.querySelector("input[type=search]");
    field.value = "target-0999";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
`;

test("what is typed while the list is searched is not lost", async () => {
  const page = await server.openSignedIn("/ui/targets");
  await linkTo(page, count).waitFor();
  await page.evaluate(typeDuringUpdate);
  await page.getByLabel("Search by name").fill("target-099");
  await page.getByText("10 targets with").waitFor();
  expect(await page.getByLabel("Search by name").inputValue()).toBe("target-0999");
});

test("the list is as it should look", async () => {
  const page = await server.openSignedIn("/ui/targets?q=0000");
  await linkTo(page, 1).waitFor();
  await expectPresentable(page, "targets");
});

test("the way back from a target leads to the same place of the list", async () => {
  const page = await server.openSignedIn("/ui/targets?sort=name");
  await linkTo(page, 1).waitFor();
  await page.evaluate("scrollTo(0, document.body.scrollHeight / 2)");
  const middle = page.getByRole("link", { name: nameOf(5000) });
  await middle.scrollIntoViewIfNeeded();
  const scrolled = await page.evaluate<number>("scrollY");
  await middle.click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  expect(await page.evaluate("scrollY")).toBe(0);
  await page.goBack();
  await expect.poll(() => page.evaluate("Math.round(scrollY)")).toBe(Math.round(scrolled));
  await middle.waitFor();
});
