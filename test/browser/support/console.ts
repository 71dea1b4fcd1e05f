/** A server with the console for a test file, and pages of it with somebody signed in. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import type { CreateTargetRequestSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import {
  accessToken,
  createTargetdClient,
  type TargetdClient,
} from "../../../src/client/client.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "../../support/app.ts";
import { ofColours, seriousFindings } from "./accessibility.ts";
import { desktop, type PageOptions, phone, useBrowser } from "./browser.ts";
import { takeScreenshots } from "./screenshots.ts";

export interface TestConsole {
  readonly app: TestApp;
  /** Calls the API as the owner. */
  readonly api: TargetdClient;
  /** Creates a target of a name and gives its id. */
  createTarget(name: string, changes?: NewTarget): Promise<string>;
  /** Opens a page where nobody is signed in. */
  open(path: string, options?: PageOptions): Promise<Page>;
  /** Opens a page as the owner. */
  openSignedIn(path: string, options?: PageOptions): Promise<Page>;
}

type NewTarget = Pick<
  MessageInitShape<typeof CreateTargetRequestSchema>,
  "targetType" | "endpoint" | "disabled" | "deliveryPolicy"
>;

/** Starts the server and a browser before the tests of the file and stops them after them. */
export function useConsole(options: Pick<TestAppOptions, "env" | "prepare"> = {}): TestConsole {
  const browser = useBrowser();
  let app: TestApp | undefined;
  beforeAll(async () => {
    app = await startTestApp({ dev: true, ...options });
  });
  afterAll(() => app?.stop());
  const running = () => {
    if (app === undefined) throw new Error("the server runs only during tests");
    return app;
  };
  return {
    get app() {
      return running();
    },
    get api() {
      return ownerOf(running());
    },
    async createTarget(name, changes) {
      const { id } = await ownerOf(running()).actions.createTarget({
        ...{ name, endpoint: "https://example.com/hook", timeout: { seconds: 10n } },
        targetType: { case: "restWebhook", value: {} },
        ...changes,
      });
      return id;
    },
    async open(path, pageOptions) {
      const page = await browser.open(pageOptions);
      await page.goto(new URL(path, running().url).href);
      return page;
    },
    async openSignedIn(path, pageOptions) {
      const page = await browser.open(pageOptions);
      const { owner } = running().tokens;
      await page.addInitScript((token) => sessionStorage.setItem("targetd.token", token), owner);
      await page.goto(new URL(path, running().url).href);
      return page;
    },
  };
}

function ownerOf({ url, tokens }: TestApp): TargetdClient {
  const interceptors = [accessToken(tokens.owner)];
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "1.1", interceptors });
  return createTargetdClient(transport);
}

/** Expects that the whole of a control is in sight of a phone without scrolling sideways. */
export async function expectOnPhone(page: Page, control: Locator): Promise<void> {
  const before = page.viewportSize() ?? desktop;
  await page.setViewportSize(phone);
  const box = await control.boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(phone.width);
  await page.setViewportSize(before);
}

/**
 * Expects that axe finds nothing serious on the page, dark and light, and that it fits on a phone; takes pictures
 * of it.
 */
export async function expectPresentable(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: "light" });
  expect(await seriousFindings(page), `${name}, light`).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await seriousFindings(page, ofColours), `${name}, dark`).toEqual([]);
  await page.emulateMedia({ colorScheme: null });
  const before = page.viewportSize() ?? desktop;
  await page.setViewportSize(phone);
  const width = Number(await page.evaluate("document.documentElement.scrollWidth"));
  expect(width, `width of ${name} on a phone`).toBeLessThanOrEqual(phone.width);
  await page.setViewportSize(before);
  await takeScreenshots(page, name);
}
