/** The pages that only tell: health of a target, audit, catalogue. */
import { expect, test } from "vitest";
import { openHook, replying } from "../support/hook.ts";
import { expectPresentable, useConsole } from "./support/console.ts";
import { listen, publish } from "./support/events.ts";

const server = useConsole();

test("the health of a target is computed from its deliveries, and charts are tables too", async () => {
  const hook = await openHook();
  const target = await server.createTarget("billing", {
    ...{ endpoint: hook.url, deliveryPolicy: { clientErrorsFinal: true } },
  });
  await listen(server, "bill.sent", target);
  await publish(server, "bill.sent", 6);
  await expect.poll(() => hook.hits.length).toBe(6);
  hook.answer(replying({ status: 400 }));
  await publish(server, "bill.sent", 2);
  await expect.poll(() => hook.hits.length).toBe(8);
  const page = await server.openSignedIn(`/ui/targets/${target}?window=1h`);
  const figures = page.locator(".figures");
  await figures.getByText("75.0 %").waitFor();
  await page.getByText("Computed from all 8 deliveries of this time").waitFor();
  expect(await page.getByRole("img", { name: "Success share" }).count()).toBe(1);
  const asTable = page.getByText("Show as a table").first();
  await asTable.click();
  await page.getByRole("row", { name: / 6 2 0 0$/ }).waitFor();
  await asTable.click();
  await expectPresentable(page, "target-health");
  await page.getByLabel("Time", { exact: true }).selectOption("Last 7 days");
  await page.waitForURL(/window=7d/);
});

test("the audit tells old and new values, and its filters are in the address", async () => {
  const target = await server.createTarget("ledger");
  await server.api.actions.updateTarget({ id: target, endpoint: "https://example.org/new" });
  const page = await server.openSignedIn(`/ui/audit?id=${target}`);
  const change = page.getByRole("listitem").filter({ hasText: "changed" });
  await change.getByText("https://example.com/hook").waitFor();
  expect(await change.locator("ins").allTextContents()).toContain("https://example.org/new");
  expect(await page.locator(".change").count()).toBe(2);
  await expectPresentable(page, "audit");
  await page.getByLabel("About").selectOption("Tokens");
  await page.getByText("No change fits these filters.").waitFor();
  await page.getByRole("button", { name: "Show all changes" }).click();
  await page.getByText("created").first().waitFor();
  expect(new URL(page.url()).search).toBe("");
  await page.getByRole("link", { name: target }).first().click();
  await page.getByRole("heading", { name: "ledger" }).waitFor();
});

test("the audit is read on in pages", async () => {
  const names = Array.from({ length: 110 }, (_, index) => `many ${index}`);
  await Promise.all(names.map((name) => server.createTarget(name)));
  const page = await server.openSignedIn("/ui/audit?resource=target");
  await page.getByText("100 shown").waitFor();
  await page.getByRole("button", { name: "Load more" }).click();
  await page.getByRole("button", { name: "Load more" }).waitFor({ state: "detached" });
  expect(await page.locator(".change").count()).toBeGreaterThanOrEqual(110);
});

test("the catalogue is searched, and each name leads to its execution", async () => {
  const page = await server.openSignedIn("/ui/catalogue");
  await page.getByText("preaccesstoken").waitFor();
  await expectPresentable(page, "catalogue");
  await page.getByLabel("Name contains").fill("createtarget");
  await page.getByText("preaccesstoken").waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("?q=createtarget");
  const id = "request/zitadel.action.v2.ActionService/CreateTarget";
  await page.getByRole("link", { name: id }).click();
  await page.getByRole("heading", { name: id }).waitFor();
});

test("of a large catalogue only the beginning is in the document", async () => {
  const eventTypes = Array.from({ length: 10_000 }, (_, index) => `many.e${index}`);
  await server.api.catalog.setEventTypes({ eventTypes });
  const page = await server.openSignedIn("/ui/catalogue?q=many.");
  await page.getByText("9800 more: search for a part of the name.").waitFor();
  await page.getByLabel("Name contains").fill("many.e9999");
  await page.getByRole("link", { name: "event/many.e9999" }).waitFor();
  await page.goto(new URL("/ui/executions/new?kind=event", server.app.url).href);
  await page.getByLabel("Event type", { exact: true }).fill("many.e99");
  await page.getByText("The catalogue knows").waitFor();
  expect(await page.locator("datalist > option").count()).toBeLessThanOrEqual(100);
});

test("a token that may not look is told so", async () => {
  const page = await server.open("/ui/audit");
  await page.getByLabel("Access token").fill(server.app.tokens.nobody);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("AUTH-5mWD2").waitFor();
  await page.getByRole("link", { name: "Deliveries" }).click();
  await page.getByText("AUTH-5mWD2").waitFor();
});
