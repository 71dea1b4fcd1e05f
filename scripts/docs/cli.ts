/** docs/reference/cli.md: the help of every command. */
import type { Command } from "commander";
import type { Io } from "../../src/cli/io.ts";
import { createProgram } from "../../src/cli/program.ts";

/** Columns of the help, whatever terminal the page is made in. */
const width = 100;

/** The page as Markdown. */
export function cliPage(): string {
  return introduction + withChildren(createProgram(silent)).map(section).join("");
}

function section(command: Command): string {
  const printed: string[] = [];
  command.configureOutput({
    writeOut: (text) => void printed.push(text),
    getOutHelpWidth: () => width,
  });
  command.outputHelp();
  return `\n## ${nameOf(command)}\n\n\`\`\`text\n${printed.join("").trimEnd()}\n\`\`\`\n`;
}

function withChildren(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}

function nameOf(command: Command): string {
  const name = command.name();
  return command.parent === null ? name : `${nameOf(command.parent)} ${name}`;
}

/** Help reads nothing and prints as it is told. */
const silent: Io = {
  env: {},
  out: () => undefined,
  err: () => undefined,
  input: async function* () {},
  terminal: false,
};

const introduction = `# Command line

\`targetd\` is the server and its client in one program. In the repository it is
\`node_modules/.bin/node src/main.ts\`, or \`npm run --silent targetd --\`; in the package
([releasing.md](../releasing.md)) \`npx targetd\`. \`npm run gen:docs\` writes this page from the help of the
program, and \`npm test\` fails when it is out of date.

Data goes to the standard output, everything for people to the standard error, so that output can be piped. \`--json\`
prints what the API answered, in the JSON form of its messages. Where a token is printed, it is printed once.

## Which server, which token

Profiles name servers, each with the file of its token:

\`\`\`sh
targetd profile set prod --address https://targetd.example.com --token-file ~/prod.pat
targetd target list --profile prod   # or TARGETD_PROFILE=prod, or: targetd profile use prod
\`\`\`

For address and token alike, a flag goes before a variable, a variable before the profile, and the
profile before the default; a variable that goes before a profile asked for by name is warned of. A
token file that neither flag nor variable names goes only to its own server: that of a profile to the
address of the profile, \`admin.pat\` to loopback addresses. Profiles are kept in \`TARGETD_CONFIG\`, else
in \`targetd/config.json\` in \`$XDG_CONFIG_HOME\`, in \`~/.config\`, or on Windows in \`%APPDATA%\`. That
file holds no tokens, only paths: where a token is given in place of the path of its file, the command
is refused and does not repeat it.

A server with a certificate of a private authority needs \`NODE_EXTRA_CA_CERTS\` for the command. Where the server
wants client certificates (\`TARGETD_TLS_CLIENT_CA\`), the command has none to give.

## Completion

\`\`\`sh
source <(targetd completion bash)
\`\`\`

completes commands, options and their choices; \`targetd completion --help\` tells how to keep it, and how for zsh
and fish.
`;
