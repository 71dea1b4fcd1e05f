/** A Chromium for a test file, and pages whose faults fail the test that opened them. */
import type { Browser, ConsoleMessage, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { launchChromium } from "./launch.ts";

export const desktop = { width: 1280, height: 800 } as const;
export const phone = { width: 360, height: 740 } as const;

export interface PageOptions {
  readonly viewport?: typeof desktop | typeof phone;
  readonly colorScheme?: "light" | "dark";
}

export interface TestBrowser {
  /**
   * Opens a page with a profile of its own, which is closed when the test ends. What the page throws or
   * reports as an error, violations of its content security policy included, fails the test.
   */
  open(options?: PageOptions): Promise<Page>;
}

/** The tests of the whole run share the cores with each other, so pages may take long. */
const patienceMs = 60_000;

/** Starts a Chromium before the tests of the file and ends it after them. */
export function useBrowser(): TestBrowser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  return {
    async open({ viewport = desktop, colorScheme = "light" } = {}) {
      if (browser === undefined) throw new Error("the browser runs only during tests");
      const context = await browser.newContext({
        ...{ viewport, colorScheme, reducedMotion: "reduce" },
        ...{ locale: "en-GB", timezoneId: "UTC" },
      });
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      const faults = faultsOf(page);
      onTestFinished(async () => {
        await context.close();
        expect(faults, "faults of the page").toEqual([]);
      });
      return page;
    },
  };
}

function faultsOf(page: Page): readonly string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.stack ?? String(error)));
  page.on("crash", () => faults.push("the page crashed"));
  page.on("console", (message) => {
    if (message.type() === "error" && !isFailedCall(message)) {
      faults.push(`${message.text()} (${message.location().url})`);
    }
  });
  return faults;
}

/** Chromium reports every answer of 400 and above, and every lost connection, which calls of the API may well have. */
function isFailedCall(message: ConsoleMessage): boolean {
  const { pathname } = new URL(message.location().url || "about:blank");
  return (
    /^\/(?:zitadel|targetd)\.[\w.]+Service\/\w+$/.test(pathname) &&
    message.text().startsWith("Failed to load resource:")
  );
}
