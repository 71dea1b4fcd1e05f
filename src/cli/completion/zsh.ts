/** The completion script for zsh. */
import type { CompletionLevel, Word } from "./levels.ts";
import { argumentRows, optionRows, steps, valueRows } from "./state.ts";

/** @param name the program's name */
export function zshCompletion(name: string, levels: readonly CompletionLevel[]): string {
  const moves = steps(levels).map(({ on, to, word }) =>
    to === undefined
      ? `      ${quoted(on)}) option=${quoted(word)} ;;`
      : `      ${quoted(on)}) at=${quoted(to)}; count=0 ;;`,
  );
  const values = valueRows(levels).map(({ on, choices, files }) =>
    files
      ? `      ${quoted(on)}) _files ;;`
      : `      ${quoted(on)}) compadd -- ${choices.map(quoted).join(" ")} ;;`,
  );
  const row = ({ on, words }: ReturnType<typeof optionRows>[number]) =>
    `      ${quoted(on)}) found=(${words.map(described).join(" ")}) ;;`;
  return `#compdef ${name}
_${name}() {
  local at=${name} option= word
  integer count=0
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $option && $word != -* ]]; then
      option=
      continue
    fi
    option=
    case "$at $word" in
${moves.join("\n")}
      *" -"*) ;;
      *) (( count += 1 )) ;;
    esac
  done
  if [[ $PREFIX == --*=* ]]; then
    option=\${PREFIX%%=*}
    compset -P 1 '*='
  fi
  if [[ -n $option && $PREFIX != -* ]]; then
    case "$at $option" in
${values.join("\n")}
    esac
  elif [[ $PREFIX == -* ]]; then
    case $at in
${optionRows(levels).map(row).join("\n")}
    esac
    _describe -o option found
  else
    case "$at $count" in
${argumentRows(levels).map(row).join("\n")}
    esac
    _describe argument found
  fi
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

/** A word for _describe, which splits at the first colon. */
function described({ word, meaning }: Word): string {
  const escaped = word.replaceAll(":", "\\:");
  return quoted(meaning === "" ? escaped : `${escaped}:${meaning}`);
}

/** Always quoted: zsh expands more than other shells, such as a leading "=". */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
