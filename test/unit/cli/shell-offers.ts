/** What the shells themselves offer at the end of a command line, by the completion scripts. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../support/tool.ts";

/** Offers by command line; the last word of each line is the one to complete. */
export type Offers = ReadonlyMap<string, readonly string[]>;

type Ask = (script: string, lines: readonly string[], cwd: string) => Offers;

/** Tells whether the shell is on this machine. */
export function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["-c", "exit 0"]).status === 0;
}

/** Lines of output below a heading line each. */
function byHeading(text: string): Offers {
  const blocks = text.split(/^== /m).slice(1);
  return new Map(
    blocks.map((block) => {
      const [line = "", ...offered] = block.split("\n");
      return [line, offered.filter(Boolean)];
    }),
  );
}

/** The words are given as bash splits them, which it does at "=" too. */
const askBash: Ask = (script, lines, cwd) => {
  const program = `${script}
for line in "$@"; do
  IFS=$'\\n' read -r -d '' -a COMP_WORDS <<< "\${line// /$'\\n'}"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _targetd
  printf '== %s\\n' "$line"
  printf '%s\\n' "\${COMPREPLY[@]}"
done`;
  const split = lines.map((line) => line.replaceAll(/=/g, " = ").replace(/ = $/, " ="));
  const args = ["--norc", "-u", "-c", program, "bash", ...split];
  const offers = byHeading(execFileSync("bash", args, { cwd, encoding: "utf8" }));
  return new Map(lines.map((line, index) => [line, offers.get(split[index] ?? "") ?? []]));
};

const fishProgram = `source $argv[1]
for line in $argv[2..]
    printf '== %s\\n' $line
    complete -C $line
end`;

/** Fish gives a meaning after a tab, repeats "--option=", and offers words that only contain these. */
const askFish: Ask = (script, lines, cwd) => {
  const folder = temporaryFolder();
  const file = join(folder, "targetd.fish");
  writeFileSync(file, script);
  const env = { ...process.env, HOME: folder };
  const args = ["--no-config", "-c", fishProgram, file, ...lines];
  const offers = byHeading(execFileSync("fish", args, { cwd, env, encoding: "utf8" }));
  return new Map(
    [...offers].map(([line, offered]) => {
      const last = line.split(" ").at(-1) ?? "";
      const words = offered.map((each) => each.split("\t")[0] ?? "");
      const matching = words.filter((word) => word.startsWith(last));
      return [line, matching.map((word) => word.replace(/^--[\w-]+=/, ""))];
    }),
  );
};

/** Completes in the line editor, which only an interactive shell has, and notes what is added. */
const zshSession = `PS1= PS2=
autoload -Uz compinit; compinit -u -D
source ./script
compadd() {
  if [[ " $* " == *" -"[OAD]" "* ]]; then builtin compadd "$@"; return; fi
  local -a offered
  builtin compadd -O offered "$@"
  (( $#offered )) && print -rl -- $offered >> ./offers
  builtin compadd "$@"
}
unsetopt autolist automenu
ask-all() {
  local line
  for line in "\${(@f)$(<./lines)}"; do
    print -r -- "== $line" >> ./offers
    BUFFER=$line CURSOR=$#line
    zle complete-word
  done
  BUFFER=
  print -r DO''NE
}
zle -N ask-all; bindkey '^X' ask-all
cd $TEST_CWD
print -r REA''DY
`;

const zshDriver = `zmodload zsh/zpty || exit 1
zpty session zsh -f -i
zpty -w session 'source ./session'
zpty -r -m session out '*READY*'
zpty -w -n session $'\\C-x'
zpty -r -m session out '*DONE*'
zpty -d session
`;

const askZsh: Ask = (script, lines, cwd) => {
  const folder = temporaryFolder();
  const session = zshSession.replaceAll("./", `${folder}/`);
  for (const [name, text] of Object.entries({ script, session, lines: `${lines.join("\n")}\n` })) {
    writeFileSync(join(folder, name), text);
  }
  const env = { ...process.env, HOME: folder, TEST_CWD: cwd };
  execFileSync("zsh", ["-f", "-c", zshDriver], { cwd: folder, env, timeout: 20_000 });
  return byHeading(readFileSync(join(folder, "offers"), "utf8"));
};

const asks: Readonly<Record<string, Ask>> = { bash: askBash, zsh: askZsh, fish: askFish };

/**
 * Asks a shell what it offers at the end of each line.
 *
 * @param script the completion script
 */
export function shellOffers(
  shell: string,
  script: string,
  lines: readonly string[],
  cwd = process.cwd(),
): Offers {
  const ask = asks[shell];
  if (ask === undefined) throw new Error(`nothing is known of ${shell}`);
  return ask(script, lines, cwd);
}
