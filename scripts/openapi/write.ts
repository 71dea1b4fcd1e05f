/** Writes gen/openapi/: the document of the API, and the page that shows it. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../../src/version.ts";
import { readApi } from "./api.ts";
import { openapiDocument } from "./document.ts";
import { docsPage } from "./page/docs-page.ts";

/**
 * @param root folder of the repository whose proto files are read
 * @param target folder that gets gen/openapi
 */
export async function writeOpenapi(root: string, target: string): Promise<void> {
  const folder = join(target, "gen/openapi");
  const document = openapiDocument(await readApi(root), version);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "openapi.json"), `${JSON.stringify(document, undefined, 1)}\n`);
  await writeFile(join(folder, "docs.html"), docsPage(document));
}
