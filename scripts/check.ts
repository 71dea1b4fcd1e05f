/** `npm run check`: everything that must hold before a commit, tests aside. */
import { join } from "node:path";
import { CheckFailure } from "./checks/check.ts";
import { fileLength, formatAndLint, noMarkers, types } from "./checks/code.ts";
import { exactVersions, noAddresses, oneProtobuf } from "./checks/packages.ts";
import { generatedCode, protoBreaking, protoFormat, protoLint } from "./checks/proto.ts";

const checks = [
  formatAndLint,
  types,
  protoLint,
  protoFormat,
  protoBreaking,
  generatedCode,
  fileLength,
  noMarkers,
  oneProtobuf,
  exactVersions,
  noAddresses,
];

const root = join(import.meta.dirname, "..");

// All run at once, as most of their time is spent in other processes; results are told in order.
const results = checks.map(async ({ name, run }) => {
  const failure = await run(root).then(
    () => undefined,
    (error: unknown) => (error instanceof CheckFailure ? error.message : error),
  );
  return { name, failure };
});

for await (const { name, failure } of results) {
  if (failure !== undefined) {
    console.error(failure);
    console.error(`FAILED: ${name}`);
    process.exit(1);
  }
  console.log(`ok: ${name}`);
}
