/** Who may come in, what is kept of a token, and how one gets out. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { phone } from "./support/browser.ts";
import { expectPresentable, useConsole } from "./support/console.ts";

const server = useConsole();

async function signIn(page: Page, token: string, keep = false): Promise<void> {
  await page.getByLabel("Access token").fill(token);
  await page.getByLabel("Keep for this tab").setChecked(keep);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Everything that a browser keeps of a page, and its address. */
const keptBy = (page: Page) =>
  page.evaluate<string>(
    "JSON.stringify([location.href, document.cookie, {...localStorage}, {...sessionStorage}])",
  );

const targetsHeading = (page: Page) => page.getByRole("heading", { name: "Targets", level: 1 });

test("a token that the server does not know is refused, with the reason at the field", async () => {
  const page = await server.open("/ui/");
  await signIn(page, "two words");
  expect(await page.getByLabel("Access token").getAttribute("aria-invalid")).toBe("true");
  await signIn(page, server.app.tokens.expired);
  await page.getByText("The server does not accept this token.").waitFor();
  await expectPresentable(page, "sign-in");
});

test("the token stays in memory: a reload asks again, and then leads to the same page", async () => {
  const page = await server.open("/ui/targets?q=a");
  await signIn(page, server.app.tokens.owner);
  await targetsHeading(page).waitFor();
  expect(await keptBy(page)).not.toContain(server.app.tokens.owner);
  await page.reload();
  await page.getByRole("heading", { name: "Sign in to targetd" }).waitFor();
  await signIn(page, server.app.tokens.owner);
  await targetsHeading(page).waitFor();
  expect(await page.getByLabel("Search by name").inputValue()).toBe("a");
});

test("a token that is kept for the tab survives a reload, until the user signs out", async () => {
  const page = await server.open("/ui/");
  await signIn(page, server.app.tokens.owner, true);
  await targetsHeading(page).waitFor();
  await page.reload();
  await targetsHeading(page).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to targetd" }).waitFor();
  expect(await keptBy(page)).not.toContain(server.app.tokens.owner);
});

test("a token that is revoked meanwhile ends the session with the reason", async () => {
  const { token, accessToken } = await server.api.tokens.createToken({ roles: ["IAM_OWNER"] });
  const page = await server.open("/ui/");
  await signIn(page, accessToken, true);
  await targetsHeading(page).waitFor();
  await server.api.tokens.revokeToken({ id: token?.id ?? "" });
  await page.getByRole("button", { name: "Load again" }).click();
  await page.getByText("The server no longer accepts your token").waitFor();
  expect(await keptBy(page)).not.toContain(accessToken);
});

test("a token without permissions comes in, and each page says what it lacks", async () => {
  const page = await server.open("/ui/");
  await signIn(page, server.app.tokens.nobody);
  await page.getByText("AUTH-5mWD2").waitFor();
  await page.getByText("Sign in with a token that has this permission.").waitFor();
});

test("the theme is that of the system, or the one that was chosen, also after a reload", async () => {
  const page = await server.open("/ui/", { colorScheme: "dark" });
  const scheme = () =>
    page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('color-scheme')");
  await page.getByRole("button", { name: "Theme: system" }).click();
  await page.getByRole("button", { name: "Theme: light" }).waitFor();
  expect(await scheme()).toBe("light");
  await page.reload();
  await page.getByRole("button", { name: "Theme: light" }).click();
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  expect(await scheme()).toBe("dark");
});

test("on a phone the navigation opens from the menu and closes behind its link", async () => {
  const page = await server.openSignedIn("/ui/", { viewport: phone });
  const link = page.getByRole("link", { name: "Public keys" });
  const menu = page.getByRole("button", { name: "Menu" });
  await menu.waitFor();
  expect(await link.isVisible()).toBe(false);
  await menu.click();
  await link.click();
  await page.getByRole("heading", { name: "Public keys" }).waitFor();
  await link.waitFor({ state: "hidden" });
  await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Public keys");
});

test("what is at no address is said, and leads back", async () => {
  const page = await server.openSignedIn("/ui/nothing/here");
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  await page.getByRole("link", { name: "Show the targets" }).click();
  await targetsHeading(page).waitFor();
});
