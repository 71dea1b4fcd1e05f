/** The completion script for bash, from 3.2 on, which is what macOS has. */
import { shellWord } from "../text.ts";
import type { CompletionLevel } from "./levels.ts";
import { argumentRows, optionRows, steps, valueRows } from "./state.ts";

/** @param name the program's name */
export function bashCompletion(name: string, levels: readonly CompletionLevel[]): string {
  const moves = steps(levels).map(({ on, to, word }) =>
    to === undefined
      ? `      ${shellWord(on)}) option=${shellWord(word)} ;;`
      : `      ${shellWord(on)}) at=${shellWord(to)} count=0 ;;`,
  );
  const values = valueRows(levels).map(({ on, choices, files }) =>
    files
      ? `      ${shellWord(on)}) files=yes ;;`
      : `      ${shellWord(on)}) list=${shellWord(choices.join(" "))} ;;`,
  );
  const row = ({ on, words }: ReturnType<typeof optionRows>[number]) =>
    `      ${shellWord(on)}) list=${shellWord(words.map(({ word }) => word).join(" "))} ;;`;
  return `# bash completion for ${name}
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} at=${name} option= count=0 list= files= word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    # bash makes the sign in --option=value a word of its own.
    [[ $word == = ]] && continue
    if [[ -n $option && $word != -* ]]; then
      option=
      continue
    fi
    option=
    case "$at $word" in
${moves.join("\n")}
      *" -"*) ;;
      *) count=$((count + 1)) ;;
    esac
  done
  [[ $current == = ]] && current=
  if [[ -n $option && $current != -* ]]; then
    case "$at $option" in
${values.join("\n")}
    esac
  elif [[ $current == -* ]]; then
    case $at in
${optionRows(levels).map(row).join("\n")}
    esac
  else
    case "$at $count" in
${argumentRows(levels).map(row).join("\n")}
    esac
  fi
  local IFS=$' \\t\\n'
  COMPREPLY=()
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do
      COMPREPLY[\${#COMPREPLY[@]}]=$word
    done < <(compgen -f -- "$current")
  else
    COMPREPLY=($(compgen -W "$list" -- "$current"))
  fi
}
complete -F _${name} ${name}
`;
}
