/** The pages of deliveries: what arrives, what does not, and what may be done about it. */
import { expect, onTestFinished, test } from "vitest";
import { openHook, replying } from "../support/hook.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { desktop, phone } from "./support/browser.ts";
import { expectPresentable, useConsole } from "./support/console.ts";
import { listen, publish } from "./support/events.ts";

const server = useConsole();

test("a delivery that fails is seen at once; with its target repaired and replayed it arrives", async () => {
  const broken = await openHook(replying({ status: 400, body: { error: "no such order" } }));
  const repaired = await openHook();
  const target = await server.createTarget("orders", {
    ...{ endpoint: broken.url, deliveryPolicy: { clientErrorsFinal: true } },
  });
  await listen(server, "shop.paid", target);
  const page = await server.openSignedIn(`/ui/deliveries?target=${target}`);
  await page.getByText("Live", { exact: true }).waitFor();
  await publish(server, "shop.paid", 1);
  await page.getByRole("row").getByText("Failed").waitFor();
  await page.getByRole("link", { name: "shop.paid" }).click();
  await page.getByRole("row", { name: /^Answer failed/ }).waitFor();
  await page.getByText("no such order").waitFor();
  await expectPresentable(page, "delivery-failed");
  await page.getByRole("link", { name: "orders" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Endpoint").fill(repaired.url);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Deliveries" }).last().click();
  await page.getByRole("link", { name: "shop.paid" }).click();
  await page.getByRole("button", { name: "Replay" }).click();
  await page.getByText("Attempt 2", { exact: true }).waitFor();
  await page.locator(".facts").getByText("Succeeded").waitFor();
  expect(repaired.hits.map(({ headers }) => headers["webhook-id"])).toEqual([
    broken.last().headers["webhook-id"],
  ]);
  await expectPresentable(page, "delivery-succeeded");
});

test("a pending delivery can be retried now, or cancelled", async () => {
  const hook = await openHook(replying({ status: 503 }));
  const target = await server.createTarget("slow", { endpoint: hook.url });
  await listen(server, "shop.sent", target);
  await publish(server, "shop.sent", 1);
  const page = await server.openSignedIn(`/ui/deliveries?target=${target}`);
  await page.getByRole("link", { name: "shop.sent" }).click();
  await page.getByText("Attempt 1", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.getByText("Attempt 2", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Cancel delivery…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel delivery" }).click();
  await page.locator(".facts").getByText("Cancelled").waitFor();
  const { deliveries } = await server.api.deliveries.listDeliveries({ targetId: target });
  expect(deliveries.map(({ dueDate }) => dueDate)).toEqual([undefined]);
});

test("hundreds of deliveries arrive in the view complete, and few of them are in the document", async () => {
  const hook = await openHook();
  const target = await server.createTarget("many", { endpoint: hook.url });
  await listen(server, "shop.moved", target);
  const page = await server.openSignedIn(`/ui/deliveries?target=${target}`);
  await page.getByText("Live", { exact: true }).waitFor();
  for (let call = 0; call < 50; call++) await publish(server, "shop.moved", 10);
  await page.getByText("500 shown: 0 pending, 500 succeeded, 0 failed, 0 cancelled").waitFor();
  expect(await page.getByRole("row").count()).toBeLessThan(60);
  await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
  await page.locator("tr[aria-rowindex='501']").waitFor();
  await page.evaluate("window.scrollTo(0, 0)");
  await page.getByRole("button", { name: "Pause" }).click();
  await publish(server, "shop.moved", 3);
  await expect.poll(() => hook.hits.length).toBe(503);
  await page.getByText("500 shown").waitFor();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("503 shown: 0 pending, 503 succeeded").waitFor();
  await expectPresentable(page, "deliveries");
  await page.reload();
  await page.getByText("200 shown").waitFor();
  await page.getByRole("button", { name: "Load older" }).click();
  await page.getByText("400 shown").waitFor();
  await page.getByRole("button", { name: "Load older" }).click();
  await page.getByText("503 shown").waitFor();
  await page.getByRole("button", { name: "Load older" }).waitFor({ state: "detached" });
});

test("nothing is missing that came while the connection was lost, and nothing is read twice", async () => {
  const hook = await openHook();
  const target = await server.createTarget("far", { endpoint: hook.url });
  await listen(server, "shop.lost", target);
  const proxy = await openTcpProxy(Number(new URL(server.app.url).port));
  onTestFinished(() => proxy.close());
  const address = `http://127.0.0.1:${proxy.port}/ui/deliveries?target=${target}`;
  const page = await server.openSignedIn(address);
  await page.getByText("Live", { exact: true }).waitFor();
  const methods: string[] = [];
  page.on("request", (request) => methods.push(request.url().split("/").at(-1) ?? ""));
  proxy.cut();
  await publish(server, "shop.lost", 3);
  await expect.poll(() => hook.hits.length).toBe(3);
  expect(await page.getByText(/^0 shown/).count()).toBe(1);
  proxy.mend();
  await page.getByText("3 shown: 0 pending, 3 succeeded").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  expect(methods).toContain("WatchDeliveries");
  expect(methods).not.toContain("ListDeliveries");
});

test("filters are in the address, and many deliveries are replayed at once", async () => {
  const hook = await openHook(replying({ status: 400 }));
  const target = await server.createTarget("stock", {
    ...{ endpoint: hook.url, deliveryPolicy: { clientErrorsFinal: true } },
  });
  await listen(server, "shop.stocked", target);
  await publish(server, "shop.stocked", 3);
  const page = await server.openSignedIn("/ui/deliveries");
  await page.getByLabel("Event type").fill("shop.stocked");
  await page.getByLabel("Event type").press("Enter");
  await page.getByText("3 shown: 0 pending, 0 succeeded, 3 failed").waitFor();
  const cell = page.getByRole("rowheader").first();
  expect(await cell.innerText()).not.toContain("stock,");
  await page.setViewportSize(phone);
  expect(await cell.innerText()).toMatch(/stock, (?:now|.+ ago)$/);
  await page.setViewportSize(desktop);
  await page.getByLabel("State").selectOption("Failed");
  await page.waitForURL("**/ui/deliveries?type=shop.stocked&state=failed");
  await page.getByLabel("Created before").fill("2001-01-01T00:00:00");
  await page.getByLabel("Created before").press("Tab");
  await page.getByText("No delivery fits these filters.").waitFor();
  await page.getByRole("button", { name: "Show all deliveries" }).click();
  await page.getByLabel("Target").fill("stock");
  await page.getByText("3 shown: 0 pending, 0 succeeded, 3 failed").waitFor();
  hook.answer(() => undefined);
  await page.getByRole("button", { name: "Replay many…" }).click();
  await expectPresentable(page, "replay-many");
  await page.getByRole("button", { name: "Replay them" }).click();
  await page.getByText("3 deliveries are pending again.").waitFor();
  await page.getByRole("button", { name: "Close" }).last().click();
  await page.getByText("3 shown: 0 pending, 3 succeeded, 0 failed").waitFor();
});

test("what is no filter is taken out of the address, and the list shows everything else", async () => {
  const page = await server.openSignedIn("/ui/deliveries?state=xx&type=shop.odd&since=garbage");
  await page.getByText("no valid value for state, since,").waitFor();
  await page.waitForURL("**/ui/deliveries?type=shop.odd");
  expect(await page.getByLabel("State").inputValue()).toBe("");
  expect(await page.getByLabel("Event type").inputValue()).toBe("shop.odd");
});

// The last one, as the server learns only later that its watches have ended.
test("where no further watch is to be had, the list is there all the same", async () => {
  const target = await server.createTarget("watched", { disabled: true });
  await listen(server, "shop.watched", target);
  await publish(server, "shop.watched", 2);
  const control = new AbortController();
  onTestFinished(() => control.abort());
  const watches = Array.from({ length: 100 }, () =>
    server.api.deliveries.watchDeliveries({}, { signal: control.signal })[Symbol.asyncIterator](),
  );
  await Promise.all(watches.map((watch) => watch.next()));
  const page = await server.openSignedIn(`/ui/deliveries?target=${target}`);
  await page.getByText("Reconnecting in 60 s…").waitFor();
  await page.getByText("2 shown: 2 pending").waitFor();
});
