import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "../../../../src/cli/exit-codes.ts";
import { temporaryFolder } from "../../../support/tool.ts";
import { runCli } from "../recording-server.ts";

const key = `whsec_${"A".repeat(43)}=`;

test.each<[string, readonly string[]]>([
  ["--listen", ["--listen", "127.0.0.1"]],
  ["--public-url", ["--listen", "0.0.0.0:0"]],
  ["--public-url", ["--listen", "[::]:0"]],
  ["--public-url", ["--public-url", "ftp://here/"]],
  ["--event", ["--event", ""]],
  ["--request", ["--request", "a/b/c"]],
  ["--status", ["--status", "101"]],
  ["--status", ["--status", "600"]],
  ["--delay", ["--delay", "10s"]],
  ["--ttl", ["--ttl", "999ms"]],
  ["--forward", ["--forward", "127.0.0.1:3000"]],
  ["--forward", ["--forward", "http://user@127.0.0.1/"]],
  ["--forward", ["--forward", "http://127.0.0.1/", "--status", "200"]],
  ["--type", ["--type", "rest"]],
  ["--event", ["--target", "1", "--event", "order.paid"]],
  ["--interrupt-on-error", ["--target", "1", "--interrupt-on-error"]],
  ["--ttl", ["--target", "1", "--ttl", "1m"]],
  ["--public-url", ["--target", "1", "--public-url", "http://a.example/"]],
  ["--signing-key-file", ["--signing-key-file", "key"]],
  ["--private-key-file", ["--private-key-file", "key"]],
  ["--signing-key-file", ["--target", "1", "--signing-key-file", "/nowhere"]],
  ["--private-key-file", ["--target", "1", "--private-key-file", "package.json"]],
])("%s is named by what is wrong with it (%j)", async (flag, args) => {
  const { code, out, err } = await runCli(["listen", ...args]);
  expect([code, out]).toEqual([exitCodes.usage, ""]);
  expect(err).toContain(flag);
});

test("a file that holds no key is not repeated", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "two secret words");
  for (const flag of ["--signing-key-file", "--private-key-file"]) {
    const { code, err } = await runCli(["listen", "--target", "1", flag, file]);
    expect([code, err]).toEqual([exitCodes.usage, expect.not.stringContaining("secret")]);
  }
});

test("a key and a file of it cannot both be in the environment", async () => {
  const env = { TARGETD_SIGNING_KEY: key, TARGETD_SIGNING_KEY_FILE: "key" };
  const { code, err } = await runCli(["listen", "--target", "1"], env);
  expect([code, err]).toEqual([exitCodes.config, expect.not.stringContaining(key)]);
});
