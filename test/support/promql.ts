/** Reads as much of PromQL as it takes to tell which metrics and labels an expression names. */

/** A metric with the labels that an expression matches or groups it by. */
export interface Reference {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** The functions and aggregations that our expressions use, so that a misspelled one is found. */
const functions = new Set([
  ...["rate", "increase", "changes", "histogram_quantile"],
  ...["sum", "max", "topk"],
]);
const operators = new Set(["and", "or", "unless", "bool"]);
const groupings = new Set(["by", "without", "on", "ignoring"]);

const token =
  /\s+|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[a-zA-Z_:][\w:]*|\d+(?:\.\d+)?|=~|!~|!=|==|>=|<=|[-+*/%^(){},=<>]/y;
const range = /^\[(\d+[smhdw]|\$__rate_interval)\]$/;

/**
 * @returns what it names; labels of a grouping count for every metric of the expression
 * @throws Error for what is no expression
 */
export function readPromql(expression: string): readonly Reference[] {
  const tokens = tokensOf(expression);
  checkBrackets(tokens, expression);
  const found: Reference[] = [];
  const grouped: string[] = [];
  while (tokens.length > 0) {
    const [name = "", next = ""] = [tokens.shift(), tokens[0]];
    switch (kindOf(name, next)) {
      case "grouping":
        grouped.push(...takeUntil(tokens, ")").filter((each) => each !== ","));
        break;
      case "metric": {
        const matchers = next === "{" ? takeUntil(tokens, "}") : [];
        found.push({ metric: name, labels: matchedLabels(matchers) });
      }
    }
  }
  return found.map(({ metric, labels }) => ({ metric, labels: [...labels, ...grouped] }));
}

function kindOf(name: string, next: string): "metric" | "grouping" | "other" {
  if (name.startsWith("[") && !range.test(name)) throw new Error(`the range ${name}`);
  if (!/^[a-zA-Z_:]/.test(name) || operators.has(name)) return "other";
  if (groupings.has(name)) return "grouping";
  if (functions.has(name)) return "other";
  if (next === "(") throw new Error(`${name} is no known function`);
  return "metric";
}

/** Takes a pair of brackets away, and gives what stood between. */
function takeUntil(tokens: string[], end: string): string[] {
  return tokens.splice(0, tokens.indexOf(end) + 1).slice(1, -1);
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < expression.length) {
    const start = token.lastIndex;
    const [text] = token.exec(expression) ?? [];
    if (text === undefined) throw new Error(`cannot be read from: ${expression.slice(start)}`);
    if (text.trim() !== "") tokens.push(text);
  }
  return tokens;
}

const closing: Readonly<Record<string, string>> = { "(": ")", "{": "}" };

function checkBrackets(tokens: readonly string[], expression: string): void {
  const open: string[] = [];
  for (const each of tokens) {
    const close = closing[each];
    if (close !== undefined) open.push(close);
    else if ((each === ")" || each === "}") && open.pop() !== each) throw unbalanced(expression);
  }
  if (open.length > 0) throw unbalanced(expression);
}

const unbalanced = (expression: string) => new Error(`unbalanced: ${expression}`);

/** Of tokens like `job`, `=`, `"targetd"`, `,`. */
function matchedLabels(tokens: readonly string[]): string[] {
  const labels: string[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [label = "", operator = "", value = "", comma] = tokens.slice(at, at + 4);
    const isMatcher = /^\w+$/.test(label) && /^(=|!=|=~|!~)$/.test(operator);
    if (!isMatcher || !value.startsWith('"') || (comma ?? ",") !== ",") {
      throw new Error(`the matchers ${tokens.join(" ")}`);
    }
    labels.push(label);
  }
  return labels;
}
