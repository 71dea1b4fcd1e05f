import { STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import { httpDate } from "../http-date.ts";

/**
 * Makes what stands before the body of an answer, as node:http does.
 *
 * @param fields names and values in turn
 * @param idleMs how long the connection stays open afterwards; undefined for not at all
 * @throws TypeError for a name or value that no header can have
 */
export function answerHead(
  status: number,
  fields: readonly string[],
  idleMs: number | undefined,
): string {
  let lines = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let index = 0; index < fields.length; index += 2) {
    lines += fieldLine(fields[index] ?? "", fields[index + 1] ?? "");
  }
  return `${lines}Date: ${httpDate()}\r\n${connectionLines(idleMs)}\r\n`;
}

const plainName = /^[a-z-]+$/;
const plainValue = /^[\x20-\x7e]*$/;

function fieldLine(name: string, value: string): string {
  if (!plainName.test(name)) validateHeaderName(name);
  if (!plainValue.test(value)) validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}

function connectionLines(idleMs: number | undefined): string {
  if (idleMs === undefined) return "Connection: close\r\n";
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n`;
}
