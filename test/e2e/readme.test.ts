/** Runs the commands of the README against the real server and compares what it shows. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unusedPort } from "../support/closed-port.ts";
import { root, runProgram, startProcess } from "../support/process.ts";
import { readTour, type TourBlock } from "../support/readme-tour.ts";
import { temporaryFolder } from "../support/tool.ts";

const blocks = readTour(readFileSync(join(root, "README.md"), "utf8"));

const missing = ["bash", "curl"].filter(
  (program) => spawnSync(program, ["--version"]).status !== 0,
);

/** A folder that looks like the repository, with the data directory of a server in its place. */
function workFolder(): string {
  const folder = temporaryFolder();
  const own = new Set(["data", ".git"]);
  for (const name of readdirSync(root)) {
    if (!own.has(name)) symlinkSync(join(root, name), join(folder, name));
  }
  return folder;
}

/** One script, so that variables live on; the output of each block goes to a file of its own. */
function scriptOf(tour: readonly TourBlock[], host: string, receiverPort: number): string {
  const parts = tour.map(
    ({ line, commands }) =>
      `echo "README.md line ${line}" >&2\n{\n${commands}\n} > output/${line}.txt`,
  );
  return ["set -euo pipefail", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT", ...parts]
    .join("\n")
    .replaceAll("127.0.0.1:8080", host)
    .replaceAll("127.0.0.1:8081", `127.0.0.1:${receiverPort}`);
}

/** Replaces what differs from run to run by its kind. */
function withoutChance(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<date>")
    .replace(/whsec_[\w+/=.]+/g, "<key>")
    .replace(/\b[0-9a-z]{21}\b/g, "<id>");
}

/** What is shown, as a pattern: objects may have more fields, an empty list stands for any. */
function patternOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.length === 0 ? expect.any(Array) : value.map(patternOf);
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, patternOf(field)]);
  return expect.objectContaining(Object.fromEntries(fields));
}

function expectShown({ line, shows }: TourBlock, output: string): void {
  const place = `README.md line ${line}`;
  if (shows === undefined) {
    // Without -f, curl succeeds whatever the server answers.
    expect(output, place).not.toMatch(/^\{"code":/);
  } else if (shows.language === "json") {
    const shown = patternOf(JSON.parse(withoutChance(shows.text)));
    expect(JSON.parse(withoutChance(output)), place).toEqual(shown);
  } else {
    const lines = withoutChance(output).split("\n");
    const shown = withoutChance(shows.text).split("\n");
    expect(lines, place).toEqual(expect.arrayContaining(shown));
  }
}

test("the README has a tour", () => {
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks.some(({ shows }) => shows !== undefined)).toBe(true);
});

test.skipIf(missing.length > 0)(
  `every command of the tour succeeds and answers as shown${
    missing.length > 0 ? ` (not run: this machine has no ${missing.join(", ")})` : ""
  }`,
  async () => {
    const cwd = workFolder();
    // As --dev does for npm start: receivers on this machine may be called.
    const env = { TARGETD_EGRESS_ALLOW: "127.0.0.0/8" };
    const { url } = await startProcess({ dataDir: join(cwd, "data"), env });
    mkdirSync(join(cwd, "output"));
    const script = scriptOf(blocks, new URL(url).host, await unusedPort());
    const { code, err } = await runProgram("bash", ["-c", script], {
      cwd,
      env: { TARGETD_ADDRESS: url },
    });
    expect([code, err]).toEqual([0, expect.anything()]);
    for (const block of blocks) {
      expectShown(block, readFileSync(join(cwd, `output/${block.line}.txt`), "utf8"));
    }
  },
);
