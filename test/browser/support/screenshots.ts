/** Pictures of pages, for people to look at. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { desktop, phone } from "./browser.ts";

/** Not committed. */
const folder = join(import.meta.dirname, "../output");

/** Of a longer page only the beginning is shown, in pixels. */
const mostHeight = 2400;

const views = [
  { view: "desktop-light", viewport: desktop, colorScheme: "light" },
  { view: "desktop-dark", viewport: desktop, colorScheme: "dark" },
  { view: "phone-light", viewport: phone, colorScheme: "light" },
] as const;

/** Writes `<name>-<view>.png` for each view; the page stays as it was. */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize() ?? desktop;
  for (const { view, viewport, colorScheme } of views) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    const length = Number(await page.evaluate("document.documentElement.scrollHeight"));
    const clip = { x: 0, y: 0, width: viewport.width, height: Math.min(length, mostHeight) };
    await page.screenshot({ path: join(folder, `${name}-${view}.png`), clip, fullPage: true });
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: null });
}
