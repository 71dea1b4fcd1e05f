/** Pictures of pages, for people to look at. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { desktop, phone } from "./browser.ts";

/** Not committed. */
const folder = join(import.meta.dirname, "../output");

/** Of a longer page only the beginning is shown, in pixels. */
const mostHeight = 2400;

/** Writes `<name>-<size>-<scheme>.png` for the desktop and a phone, dark and light; the page stays as it was. */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize() ?? desktop;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [size, viewport] of Object.entries({ desktop, phone })) {
      await page.setViewportSize(viewport);
      const length = Number(await page.evaluate("document.documentElement.scrollHeight"));
      const clip = { x: 0, y: 0, width: viewport.width, height: Math.min(length, mostHeight) };
      const path = join(folder, `${name}-${size}-${colorScheme}.png`);
      await page.screenshot({ path, clip, fullPage: true });
    }
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: null });
}
