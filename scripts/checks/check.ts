/** One check of the repository. */
export interface Check {
  /** What is right when the check passes. */
  readonly name: string;
  /**
   * @param root folder of the repository
   * @throws CheckFailure when something is wrong
   */
  run(root: string): Promise<void>;
}

/** What is wrong, in words for the terminal. */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

/** @throws CheckFailure with one line per problem, when there is any */
export function failOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new CheckFailure(problems.join("\n"));
}
