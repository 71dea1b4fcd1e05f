import { STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import { httpDate } from "../http-date.ts";

/** The lines that were made last: most answers have the same fields, in the same array. */
let last: { readonly status: number; readonly fields: readonly string[]; readonly lines: string } =
  {
    ...{ status: 0, fields: [], lines: "" },
  };

/** The lines after them that were made last, which are the same for a second. */
let end: { readonly date: string; readonly idleMs: number | undefined; readonly lines: string } = {
  ...{ date: "", idleMs: undefined, lines: "" },
};

/**
 * Makes what stands before the body of an answer, as node:http does.
 *
 * @param fields names and values in turn; not to be changed afterwards
 * @param length of the body, in bytes
 * @param idleMs how long the connection stays open afterwards; undefined for not at all
 * @throws TypeError for a name or value that no header can have
 */
export function answerHead(
  status: number,
  fields: readonly string[],
  length: number,
  idleMs: number | undefined,
): string {
  if (last.fields !== fields || last.status !== status) {
    last = { status, fields, lines: firstLines(status, fields) };
  }
  const date = httpDate();
  if (end.date !== date || end.idleMs !== idleMs) {
    end = { date, idleMs, lines: `\r\nDate: ${date}\r\n${connectionLines(idleMs)}\r\n` };
  }
  return `${last.lines}content-length: ${length}${end.lines}`;
}

function firstLines(status: number, fields: readonly string[]): string {
  let lines = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let index = 0; index < fields.length; index += 2) {
    const [name = "", value = ""] = fields.slice(index, index + 2);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

function connectionLines(idleMs: number | undefined): string {
  if (idleMs === undefined) return "Connection: close\r\n";
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n`;
}
