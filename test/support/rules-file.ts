/** Reads our file of alert rules: the few forms of YAML that it is written in, and nothing else. */

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string | undefined;
  readonly severity: string;
  readonly summary: string;
  readonly description: string;
}

/** The lines of a rule in their order, with what they hold; those in brackets may be missing. */
const forms: readonly (readonly [name: string, form: RegExp, optional?: "optional"])[] = [
  ["alert", /^ {6}- alert: (\w+)$/],
  ["expr", /^ {8}expr: ([^"'&*!|>%@`#][^#]*)$/],
  ["for", /^ {8}for: (\d+[smhd])$/, "optional"],
  ["labels", /^ {8}labels:$/],
  ["severity", /^ {10}severity: (critical|warning|info)$/],
  ["annotations", /^ {8}annotations:$/],
  ["summary", /^ {10}summary: (?:([^"{][^:#]*)|"([^"\\]*)")$/],
  ["description", /^ {10}description: ([^"{][^:#]*)$/],
];

/** @throws Error for a line of any other form */
export function readRules(text: string): readonly AlertRule[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.shift() !== "groups:") throw new Error("the file begins with its groups");
  const rules: AlertRule[] = [];
  while (lines.length > 0) {
    if (/^ {2}- name: [\w-]+$/.test(lines[0] ?? "")) {
      lines.shift();
      if (lines.shift() !== "    rules:") throw new Error("a group has rules");
    }
    rules.push(readRule(lines));
  }
  return rules;
}

/** Takes the lines of one rule away. */
function readRule(lines: string[]): AlertRule {
  const values = forms.map(([name, form, optional]) => {
    const found = form.exec(lines[0] ?? "");
    if (found === null && optional === undefined) throw new Error(`no ${name}: ${lines[0]}`);
    if (found !== null) lines.shift();
    return [name, found?.[1] ?? found?.[2]] as const;
  });
  return Object.fromEntries(values) as unknown as AlertRule;
}
