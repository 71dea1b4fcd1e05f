/** The pages of docs/reference/, which are made of what the program has. */
import { cliPage } from "./cli.ts";
import { configurationPage } from "./configuration.ts";
import { errorsPage } from "./errors.ts";

/** Paths from the root of the repository, with what makes each page. */
export const referencePages: readonly (readonly [path: string, page: () => string])[] = [
  ["docs/reference/cli.md", cliPage],
  ["docs/reference/configuration.md", configurationPage],
  ["docs/reference/errors.md", errorsPage],
];
