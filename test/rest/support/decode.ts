import { type DescService, type Message, toJson } from "@bufbuild/protobuf";
import { requestDecoder } from "../../../src/server/rest/transcode.ts";
import { everything, library, routeOf } from "./library.ts";

/** What a request may have besides its path. */
export interface Parts {
  readonly body?: string;
  readonly query?: string;
  readonly ifMatch?: string;
}

/** Decodes a request of the library and gives it back as JSON. */
export function decodeLibrary(verb: string, path: string, parts: Parts = {}): unknown {
  return toJson(everything, decode(library, verb, path, parts));
}

/** Decodes a request as the door does. */
export function decode(
  service: DescService,
  verb: string,
  path: string,
  { body = "", query = "", ifMatch }: Parts = {},
): Message {
  const { route, segments } = routeOf(service, verb, path);
  return requestDecoder(route)({ segments, query, ifMatch, body: Buffer.from(body) });
}
