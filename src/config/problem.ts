/** What is wrong with a configuration, all of it at once. */

export interface ConfigProblem {
  /** The setting, as "TARGETD_LISTEN" or "TARGETD_LISTEN (--listen)". */
  readonly variable: string;
  /** The value that was given; absent for secrets and where there is none. */
  readonly value?: string;
  /** What must hold, as a sentence without its subject: "must be true or false". */
  readonly rule: string;
}

/** The configuration cannot be used. The message has one line per problem and holds no secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(["the configuration is not valid", ...problems.map(problemLine)].join("\n  "));
    this.problems = problems;
  }
}

function problemLine({ variable, value, rule }: ConfigProblem): string {
  return value === undefined
    ? `${variable}: ${rule}`
    : `${variable}: ${JSON.stringify(value)} ${rule}`;
}
