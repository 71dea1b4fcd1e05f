import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { toConnectError } from "../../../src/errors/to-wire.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { type Answers, type RecordingServer, startRecordingServer } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());

describe("--out", () => {
  const makers: [string[], Answers][] = [
    [
      ["token", "create", "--role", "IAM_OWNER"],
      { createToken: () => ({ token: { id: "t1" }, accessToken: "tgd_t1_secret" }) },
    ],
    [
      ["instance", "create", "acme"],
      { createInstance: () => ({ instance: { id: "acme" }, accessToken: "tgd_t1_secret" }) },
    ],
  ];

  test.each(makers)(
    "of %j writes the token to a new file for its owner only",
    async (args, answers) => {
      server.answer(answers);
      const path = join(temporaryFolder(), "new.pat");
      const before = process.umask(0);
      onTestFinished(() => void process.umask(before));
      const { code, out, err } = await server.run(...args, "--out", path);
      expect([code, out, err]).toEqual([0, "", expect.stringContaining(path)]);
      expect(err).not.toContain("secret");
      expect(readFileSync(path, "utf8")).toBe("tgd_t1_secret\n");
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );

  test.each(makers)(
    "of %j with --json prints the answer without the token",
    async (args, answers) => {
      server.answer(answers);
      const path = join(temporaryFolder(), "new.pat");
      const { out } = await server.run(...args, "--json", "--out", path);
      expect(JSON.stringify(JSON.parse(out))).toMatch(/"id":/);
      expect(out).not.toContain("secret");
      expect(readFileSync(path, "utf8")).toBe("tgd_t1_secret\n");
    },
  );

  test.each(makers)(
    "of %j leaves what exists as it is and makes no token",
    async (args, answers) => {
      server.answer(answers);
      const folder = temporaryFolder();
      const [file, link] = [join(folder, "old.pat"), join(folder, "link")];
      writeFileSync(file, "old");
      symlinkSync(join(folder, "nothing"), link);
      for (const path of [file, link, folder, join(folder, "none", "new.pat")]) {
        const { code, out, err } = await server.run(...args, "--out", path);
        expect([code, out, err]).toEqual([1, "", expect.stringContaining(path)]);
      }
      expect(server.calls).toEqual([]);
      expect(readFileSync(file, "utf8")).toBe("old");
      expect(readdirSync(folder).sort()).toEqual(["link", "old.pat"]);
    },
  );

  test("leaves no file when the call fails", async () => {
    const refuse = () => {
      throw toConnectError(new ApiError("permissionDenied"));
    };
    server.answer({ createToken: refuse });
    const folder = temporaryFolder();
    const out = ["--out", join(folder, "new.pat")];
    const { code } = await server.run("token", "create", "--role", "IAM_OWNER", ...out);
    expect([code, readdirSync(folder)]).toEqual([exitCodes.denied, []]);
  });
});
