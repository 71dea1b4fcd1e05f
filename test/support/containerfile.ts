/** Reads our Containerfile: the few instructions that it uses, and nothing else. */

export interface Instruction {
  readonly word: string;
  readonly text: string;
}

const known = new Set([
  ...["FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV"],
  ...["VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"],
]);

/** @throws Error for an instruction that is not known */
export function readContainerfile(text: string): readonly Instruction[] {
  const lines = text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, word = "", rest = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      if (!known.has(word)) throw new Error(`not an instruction that is used here: ${line}`);
      return { word, text: rest };
    });
}

/** The stages, each from its FROM on. */
export function stagesOf(
  instructions: readonly Instruction[],
): readonly (readonly Instruction[])[] {
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.word === "FROM") stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** Texts of all instructions of one kind. */
export function textsOf(instructions: readonly Instruction[], word: string): readonly string[] {
  return instructions.filter((each) => each.word === word).map(({ text }) => text);
}

/** The variables that an image sets. */
export function variablesOf(instructions: readonly Instruction[]): Record<string, string> {
  const words = textsOf(instructions, "ENV").flatMap((text) => text.split(/\s+/));
  return Object.fromEntries(words.map((word) => word.split("=", 2)));
}
