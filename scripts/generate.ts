/**
 * `npm run gen`: writes gen/ from proto/, and the generated code of the examples. With `-- --baseline` it also makes the API of now the one
 * that later versions must be compatible with; for releases, and for breaks made on purpose.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { baselinePath, generate, writeBaseline } from "./checks/proto.ts";

const { values } = parseArgs({ options: { baseline: { type: "boolean", default: false } } });
const root = join(import.meta.dirname, "..");

await generate(root, root);
console.log("generated code written");
if (values.baseline) {
  await writeBaseline(root);
  console.log(`${baselinePath} written`);
}
