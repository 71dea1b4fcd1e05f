/** Which messages are parts of requests, and which of answers. */
import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import type { Direction } from "./message-schema.ts";

/** Follows the fields of the requests and answers of methods. */
export function directions(methods: Iterable<DescMethod>): (desc: DescMessage) => Direction {
  const requests = new Set<DescMessage>();
  const responses = new Set<DescMessage>();
  for (const { input, output } of methods) {
    collect(input, requests);
    collect(output, responses);
  }
  return (desc) => {
    if (!responses.has(desc)) return "request";
    return requests.has(desc) ? "both" : "response";
  };
}

function collect(desc: DescMessage, into: Set<DescMessage>): void {
  if (into.has(desc)) return;
  into.add(desc);
  for (const { message } of desc.fields) if (message !== undefined) collect(message, into);
}
