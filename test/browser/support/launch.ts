/** Starts the Chromium that is found. Without anything of the test runner. */
import { type Browser, chromium } from "playwright-core";
import { findChromium, noChromium } from "./chromium.ts";

/** @throws Error where there is none */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(noChromium);
  // Its own sandbox cannot be set up by root.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
