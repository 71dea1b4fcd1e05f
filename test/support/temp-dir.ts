import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes an empty directory; `remove` deletes it with what is in it. */
export function makeTempDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "targetd-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
