/** The completion script for fish. */
import type { CompletionLevel, CompletionOption } from "./levels.ts";
import { argumentRows, steps } from "./state.ts";

/** @param name the program's name */
export function fishCompletion(name: string, levels: readonly CompletionLevel[]): string {
  const moves = steps(levels).map(({ on, to, word }) =>
    to === undefined
      ? `            case ${quoted(on)}\n                set option ${quoted(word)}`
      : `            case ${quoted(on)}\n                set at ${quoted(to)}\n                set count 0`,
  );
  const words = argumentRows(levels).flatMap(({ on, words: each }) =>
    each.map(({ word, meaning }) =>
      line(name, `__${name}_at_argument ${quoted(on)}`, `-a ${quoted(word)}`, meaning),
    ),
  );
  const options = levels.flatMap((level) =>
    level.options.map((option) =>
      line(name, `__${name}_at ${quoted(level.path)}`, optionFlags(option), option.meaning),
    ),
  );
  return `# fish completion for ${name}
function __${name}_state --description 'Prints the command before the cursor and the number of arguments'
    set -l at ${name}
    set -l count 0
    set -l option ''
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test -n "$option"; and not string match -q -- '-*' $word
            set option ''
            continue
        end
        set option ''
        switch "$at $word"
${moves.join("\n")}
            case '* -*'
            case '*'
                set count (math $count + 1)
        end
    end
    printf '%s\\n' "$at" "$at $count"
end
function __${name}_at
    set -l state (__${name}_state)
    test "$state[1]" = "$argv[1]"
end
function __${name}_at_argument
    set -l state (__${name}_state)
    test "$state[2]" = "$argv[1]"
end
complete -c ${name} -f
${[...words, ...options].join("\n")}
`;
}

function line(name: string, condition: string, what: string, meaning: string): string {
  const said = meaning === "" ? "" : ` -d ${quoted(meaning)}`;
  return `complete -c ${name} -n ${quoted(condition)} ${what}${said}`;
}

function optionFlags({ names, value }: CompletionOption): string {
  const flags = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  if (value?.files) flags.push("-r -F");
  else if (value !== undefined) flags.push("-x");
  if (value !== undefined && value.choices.length > 0) {
    flags.push(`-a ${quoted(value.choices.join(" "))}`);
  }
  return flags.join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
