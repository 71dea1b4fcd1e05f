/**
 * Serves an older version of a service by the handlers of the current one. The older messages are
 * subsets: the same numbers, types and rules, which a test over all descriptors proves. So a request
 * and an answer pass from one version to the other by their bytes, and rules, error ids and field
 * paths are the same in both.
 */
import {
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import type { UnaryHandler } from "./method-table.ts";

/**
 * Makes handlers for those methods of `older` whose namesake in `current` has one.
 *
 * The rules of the proto file are checked on the older message, before and apart from the current
 * one. What `prepare` drops must therefore depend on fields that the older message lacks, such as a
 * mask, and then nothing is dropped.
 */
export function aliasHandlers(
  older: DescService,
  current: DescService,
  handlers: readonly UnaryHandler[],
): readonly UnaryHandler[] {
  return handlers.flatMap((handler) => {
    const { parent, name } = handler.method;
    if (parent !== current) return [];
    const namesake = older.methods.filter(isUnary).find((method) => method.name === name);
    return namesake === undefined ? [] : [aliasHandler(namesake, handler)];
  });
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function aliasHandler(method: DescMethodUnary, handler: UnaryHandler): UnaryHandler {
  const { input, output } = handler.method;
  return {
    method,
    prepare(request) {
      const prepared = handler.prepare(convert(method.input, request, input));
      return {
        violations: prepared.violations,
        run: async (context) => convert(output, await prepared.run(context), method.output),
      };
    },
  };
}

/** The fields that both types have. A field of only one must not pass as an unknown one. */
function convert(from: DescMessage, message: Message, to: DescMessage): Message {
  const bytes = toBinary(from, message, { writeUnknownFields: false });
  return fromBinary(to, bytes, { readUnknownFields: false });
}
