/**
 * Rules for names that a length limit cannot express (contract.md section 3).
 *
 * @returns what is wrong with the name, or undefined
 */
export function nameProblem(name: string): string | undefined {
  if (name === "") return undefined; // the length rule says so already
  if (!name.isWellFormed()) return "must not contain lone surrogates";
  if (/\p{Cc}/u.test(name)) return "must not contain control characters";
  if (name.trim() === "") return "must not be blank";
  return undefined;
}
