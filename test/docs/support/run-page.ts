/** Runs the commands of a page as its reader would: in one shell, with a real server. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { unusedPort } from "../../support/closed-port.ts";
import { root, runProgram } from "../../support/process.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { expectShown } from "./expect-shown.ts";
import type { CommandBlock } from "./page-blocks.ts";

/** What a page takes for granted. */
export interface PageSetup {
  /** Commands that run before those of the page; by default they start a server. */
  readonly before?: string;
  /** What stands on the page, and what is run in its place. */
  readonly replace?: Readonly<Record<string, string>>;
}

/**
 * Ends what the script has started, and defines `targetd`: `serve` and `listen` go on in the background, with its
 * process id in $SERVER, and have begun to listen when the function returns. They are no jobs of the shell, as
 * they run in another terminal of the reader's: jobs are numbered as on the page.
 */
const preamble = `set -euo pipefail
SERVERS=()
finish() {
  code=$?
  [ $code = 0 ] || cat output/serve.log >&2
  kill $(jobs -p) "\${SERVERS[@]}" 2> /dev/null || true
}
trap finish EXIT
targetd() {
  case "$1" in serve | listen) ;; *) command targetd "$@"; return ;; esac
  : > output/$1.log
  command targetd "$@" >> output/$1.log 2>&1 &
  SERVER=$!
  SERVERS+=($SERVER)
  disown $SERVER
  grep --quiet --max-count=1 "listening on" <(tail --lines=+1 --follow --pid=$SERVER output/$1.log)
}
stop_servers() {
  for server in "\${SERVERS[@]}"; do
    kill -TERM $server && tail --follow --pid=$server /dev/null
  done
  SERVERS=()
}
`;

/** Ends a page that waits for what does not come, so that its output is told. In seconds. */
const longest = "100";

/** In place of \`kill -TERM <pid>\`: resolves when the servers have ended, as the page asks for. */
export const stopServers = "stop_servers";

/** What a reader has who followed the README: a server of the folder's own. */
export const startServer = "targetd serve";

/**
 * Runs blocks one after the other; variables and processes live on from one to the next.
 *
 * @throws Error when a command fails, or prints something else than the page shows
 */
export async function runPage(
  page: string,
  blocks: readonly CommandBlock[],
  setup: PageSetup = {},
): Promise<void> {
  for (const text of Object.keys(setup.replace ?? {})) {
    if (blocks.every(({ commands }) => !commands.includes(text))) {
      throw new Error(`${page} has no "${text}" to replace`);
    }
  }
  const cwd = workFolder();
  const host = `127.0.0.1:${await unusedPort()}`;
  const receiverPort = await unusedPort();
  const replaced = Object.entries({
    ...setup.replace,
    "127.0.0.1:8080": host,
    "127.0.0.1:8081": `127.0.0.1:${receiverPort}`,
    'listen(8081, "127.0.0.1"': `listen(${receiverPort}, "127.0.0.1"`,
  });
  const parts = blocks.map(({ line, commands }) => {
    const run = replaced.reduce((text, [from, to]) => text.replaceAll(from, to), commands);
    return `echo "${page} line ${line}" >&2\n{\n${run}\n} > output/${line}.txt\n`;
  });
  const script = [preamble, setup.before ?? startServer, "\n", ...parts].join("");
  const { code, err } = await runProgram("timeout", [longest, "bash", "-c", script], {
    cwd,
    env: settings(cwd, host),
  });
  if (code !== 0) throw new Error(`exit code ${code}\n${err}`);
  for (const block of blocks) {
    expectShown(page, block, readFileSync(join(cwd, `output/${block.line}.txt`), "utf8"));
  }
}

function settings(cwd: string, host: string): Record<string, string> {
  return {
    PATH: [join(cwd, "output/bin"), join(root, "node_modules/.bin"), process.env.PATH].join(":"),
    TARGETD_CONFIG: join(cwd, "output/config.json"),
    TARGETD_ADDRESS: `http://${host}`,
    TARGETD_LISTEN: host,
    TARGETD_METRICS_LISTEN: "off",
    // As --dev does for npm start: receivers on this machine may be called.
    TARGETD_EGRESS_ALLOW: "127.0.0.0/8",
  };
}

/** A folder that looks like the repository; what commands write there stays there. */
function workFolder(): string {
  const folder = temporaryFolder();
  const own = new Set(["data", ".git", "dist", "output"]);
  for (const name of readdirSync(root)) {
    if (own.has(name)) continue;
    // A page writes secrets below deploy/.
    if (name === "deploy") cpSync(join(root, name), join(folder, name), { recursive: true });
    else symlinkSync(join(root, name), join(folder, name));
  }
  const program = join(folder, "output/bin/targetd");
  mkdirSync(join(folder, "output/bin"), { recursive: true });
  writeFileSync(program, `#!/bin/sh\nexec node ${join(root, "src/main.ts")} "$@"\n`);
  chmodSync(program, 0o755);
  return folder;
}
