/** Finds the Chromium that drives the tests of the console. Without anything of the test runner. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Path of a Chromium that takes precedence over those on PATH. */
export const chromiumVariable = "TARGETD_TEST_CHROMIUM";

const names = ["chromium", "chromium-browser", "google-chrome"] as const;

/** What to say where there is none. */
export const noChromium = `no Chromium found (looked for ${names.join(", ")} on PATH, and for ${chromiumVariable})`;

/**
 * @returns path of the program, or undefined where there is none
 * @throws Error when TARGETD_TEST_CHROMIUM names no program
 */
export function findChromium(env: Readonly<NodeJS.ProcessEnv> = process.env): string | undefined {
  const { [chromiumVariable]: given = "", PATH: path = "" } = env;
  if (given !== "") {
    if (isProgram(given)) return given;
    throw new Error(`${chromiumVariable}: ${given} is no program`);
  }
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
