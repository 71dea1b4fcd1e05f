/** Which errors a method can answer with, besides those that its targets forward. */
import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { builtIn } from "../../src/catalog/built-in.ts";
import type { MethodEntry } from "../../src/rpc/method-table.ts";
import { codeName, codes } from "./error-schema.ts";

/** What the comment of a method says. */
export interface MethodText {
  /** First sentence, without its full stop. */
  readonly summary: string;
  /** The rest without the errors. */
  readonly description: string;
  /** When a code is answered, in words. */
  readonly errors: readonly MethodError[];
}

export interface MethodError {
  readonly code: Code;
  readonly when: string;
}

const codeByName = new Map(codes.map((code) => [codeName(code), code]));

/** Comments tell of errors as "NOT_FOUND: no such target. ABORTED: ...". */
export function readMethodComment(comment: string): MethodText {
  const marks = [...comment.matchAll(/\b([A-Z][A-Z_]+): /g)].flatMap((match) => {
    const code = codeByName.get(match[1] ?? "");
    return code === undefined
      ? []
      : [{ code, start: match.index, text: match.index + match[0].length }];
  });
  const errors = marks.map(({ code, text }, index) => ({
    code,
    when: comment.slice(text, marks[index + 1]?.start).trim(),
  }));
  const prose = comment.slice(0, marks[0]?.start).trim();
  const [first = ""] = /^.*?[.](?=\s|$)/s.exec(prose) ?? [];
  const description = prose.slice(first.length).trim();
  return { summary: first.replace(/[.]$/, ""), description, errors };
}

/** Tells whether executions run around the method. */
export function isConditionable({ method }: MethodEntry): boolean {
  return builtIn.services.some(({ typeName }) => typeName === method.parent.typeName);
}

/** Tells whether a request can name the version that it is meant for. */
export function takesEtag({ fields }: DescMessage): boolean {
  return fields.some(({ name, scalar }) => name === "etag" && scalar === ScalarType.STRING);
}

/**
 * The errors that methods have because of what stands before them, or of what their requests have.
 *
 * @param own what the comment of the method tells of
 */
export function commonErrors(
  entry: MethodEntry,
  own: readonly MethodError[],
): readonly MethodError[] {
  const errors: MethodError[] = [
    {
      code: Code.InvalidArgument,
      when: "The request cannot be read or breaks rules; a violation tells of each mistake.",
    },
    { code: Code.Unauthenticated, when: "The token is missing, unknown or expired." },
  ];
  const { access, feature, defaultInstanceOnly } = entry;
  if (feature !== "") {
    const when = `The feature \`${feature}\` is switched off for the instance.`;
    errors.push({ code: Code.FailedPrecondition, when });
  }
  if (isConditionable(entry)) {
    const when = "A target that an execution calls around this method failed, and interrupts it.";
    errors.push({ code: Code.FailedPrecondition, when });
  }
  if (access.case === "permission" || defaultInstanceOnly) {
    const where = defaultInstanceOnly ? ", or is of another instance than the default one" : "";
    const when = `The caller lacks the permission${where}.`;
    errors.push({ code: Code.PermissionDenied, when });
  } else if (isConditionable(entry)) {
    const when = "The caller may not skip executions.";
    errors.push({ code: Code.PermissionDenied, when });
  }
  if (takesEtag(entry.method.input) && !own.some(({ code }) => code === Code.Aborted)) {
    errors.push({ code: Code.Aborted, when: "The etag is not the current one." });
  }
  return [
    ...errors,
    { code: Code.ResourceExhausted, when: "The server has too many requests under way." },
    { code: Code.Internal, when: "A fault of the server; the log has the correlation id." },
    { code: Code.Unavailable, when: "The server cannot take the call right now; try again." },
  ];
}
