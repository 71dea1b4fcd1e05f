/** Sends an answer, also to a request whose body was not read to its end. */
import type { ServerResponse } from "node:http";
import { type HttpRequest, type HttpResponse, headerOf, isHttp2 } from "../request.ts";
import { discardRest, endUpload } from "../unread-body.ts";

/** A JSON answer. */
export interface Answer {
  readonly status: number;
  /** Lower-case names, besides those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

/** For answers without headers of their own. */
export const noHeaders: Answer["headers"] = Object.freeze({});

/** Unread body bytes that are worth reading to keep an HTTP/1 connection. */
const keepAliveBytes = 64 * 1024;

/**
 * Sends the answer and leaves the connection in a state that nothing can be smuggled through: either
 * the rest of the body has been read, or it is the connection's last answer.
 */
export function sendAnswer(request: HttpRequest, response: HttpResponse, answer: Answer): void {
  if (isGone(response)) return;
  const { status, body } = answer;
  if (!isHttp2(response) && !hasLongRest(request)) {
    // All at once, which Node checks once, and the body as text, which it sends together with them.
    response.writeHead(status, fieldsWithLength(answer)).end(body);
    takeRest(request);
    return;
  }
  response.statusCode = status;
  const fields = fieldsWithLength(answer);
  for (let index = 0; index < fields.length; index += 2) {
    response.setHeader(fields[index] ?? "", fields[index + 1] ?? "");
  }
  endAnswer(request, response, body);
}

/** Ends an answer whose headers are set, as {@link sendAnswer} does; an answer 204 has no body. */
export function endAnswer(
  request: HttpRequest,
  response: HttpResponse,
  body: string | Uint8Array = "",
): void {
  if (isHttp2(response)) {
    response.end(body);
    endUpload(request, response);
  } else if (!hasLongRest(request)) {
    response.end(body);
    takeRest(request);
  } else endConnection(request, response, body);
}

function isGone(response: HttpResponse): boolean {
  return isHttp2(response) ? response.stream.destroyed : response.destroyed;
}

/** All headers of an answer but its length, names and values in turn. */
export function answerFields({ headers }: Pick<Answer, "headers">): readonly string[] {
  if (headers === noHeaders) return plainFields;
  // Contract.md section 9: answers may hold secrets. Those that never do say so themselves.
  const fields = ["cache-control", headers["cache-control"] ?? "no-store"];
  for (const [name, value] of Object.entries(headers)) {
    if (name !== "cache-control") fields.push(name, value);
  }
  fields.push("content-type", "application/json");
  return fields;
}

const plainFields = answerFields({ headers: {} });

function fieldsWithLength(answer: Answer): string[] {
  return [...answerFields(answer), "content-length", String(Buffer.byteLength(answer.body))];
}

/**
 * Has what is left of a body taken out of the buffer, so that the next request can be read. Where nothing
 * is left Node does so itself, and with less work when nobody has asked for it before.
 */
function takeRest(request: HttpRequest): void {
  if (request.complete && request.readableFlowing === null && request.readableLength === 0) return;
  request.resume();
}

function hasLongRest(request: HttpRequest): boolean {
  if (request.complete) return false;
  if (headerOf(request, "transfer-encoding") !== undefined) return true;
  return Number(headerOf(request, "content-length") ?? 0) > keepAliveBytes;
}

/**
 * Closing at once would reset the connection while the client still sends, and the answer could be
 * lost (RFC 9112 section 9.6). So the whole answer goes out first, and the connection ends when the
 * body is complete, the client has hung up, or time is up.
 */
function endConnection(
  request: HttpRequest,
  response: ServerResponse,
  body: string | Uint8Array,
): void {
  response.setHeader("connection", "close");
  if (request.method === "HEAD" || body.length === 0) response.flushHeaders();
  else response.write(body);
  const end = () => void response.end();
  request.once("end", end);
  discardRest(request, response, end);
}
