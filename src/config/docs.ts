/** The table of settings as Markdown, for docs/reference/configuration.md. */
import { clientVariables, knobs } from "../config.ts";
import { newMasterKey } from "./new-master-key.ts";

/** @returns a Markdown table of every variable, ending in a newline */
export function settingsMarkdown(): string {
  const server = [...Object.values(knobs), newMasterKey].map(
    ({ env, flag, secret, meaning, ...knob }) => [
      secret ? `\`${env}\`, \`${env}_FILE\`` : `\`${env}\``,
      flag === undefined ? "" : `\`${flag}\``,
      knob.default === undefined ? (knob.otherwise ?? "") : `\`${knob.default}\``,
      meaning,
    ],
  );
  const client = clientVariables.map(({ env, meaning, ...variable }) => [
    `\`${env}\``,
    "",
    variable.default,
    meaning,
  ]);
  const rows = [
    ["Variable", "Flag", "Default", "Meaning"],
    ["---", "---", "---", "---"],
  ];
  return [...rows, ...server, ...client].map(markdownRow).join("");
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}
