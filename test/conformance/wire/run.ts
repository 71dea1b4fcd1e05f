/**
 * `npm run conformance`: lets the public conformance runner of Connect try the doors, for everything
 * that config.yaml says they claim. The runner is a Go program; without a Go toolchain nothing runs.
 * What follows `--` goes to the runner, for instance `--run "Errors/**"`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const version = "v1.0.7";
const here = import.meta.dirname;
const path = [process.env.PATH ?? "", "/usr/local/go/bin"].join(delimiter);
const env = { ...process.env, PATH: path };

/** Builds the runner once, in a folder of its version. @returns undefined without a toolchain */
function runner(): string | undefined {
  const folder = join(tmpdir(), `connectconformance-${version}`);
  const program = join(folder, "connectconformance");
  if (existsSync(program)) return program;
  if (spawnSync("go", ["version"], { env }).status !== 0) return undefined;
  const module = `connectrpc.com/conformance/cmd/connectconformance@${version}`;
  const options = { env: { ...env, GOBIN: folder }, stdio: "inherit" } as const;
  const { status } = spawnSync("go", ["install", module], options);
  if (status !== 0) throw new Error(`go install ${module} failed`);
  return program;
}

/** @returns whether every case passed, with the straight path of unary calls and without */
function runSuites(program: string): boolean {
  return ["on", "off"].every((straightPath) => {
    console.log(`TARGETD_STRAIGHT_PATH=${straightPath}`);
    return runSuite(program, straightPath);
  });
}

function runSuite(program: string, straightPath: string): boolean {
  const config = ["--conf", join(here, "config.yaml"), "--mode", "server"];
  const server = [process.execPath, join(here, "serve.ts")];
  const options = [...config, ...process.argv.slice(2)];
  const { status } = spawnSync(program, [...options, "--", ...server], {
    env: { ...env, TARGETD_STRAIGHT_PATH: straightPath },
    stdio: "inherit",
  });
  return status === 0;
}

const program = runner();
if (program === undefined) {
  console.log(
    "skipped: the conformance runner is built with Go, and there is no Go toolchain here",
  );
} else if (!runSuites(program)) {
  process.exitCode = 1;
}
