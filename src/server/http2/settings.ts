/** SETTINGS frames (RFC 9113 section 6.5). */
import type { ServerLimits } from "../limits.ts";
import { ConnectionError, errorCode, maxFrameBytes } from "./frames.ts";
import { maxWindow } from "./windows.ts";

const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** The SETTINGS_HEADER_TABLE_SIZE that holds when nothing is said. */
export const headerTableBytes = 4096;

const settingBytes = 6;

/** What the client is told at first. Everything else has its initial value. */
export function ownSettings({ streams, headerBytes }: ServerLimits): Buffer {
  const settings = [
    [setting.maxConcurrentStreams, streams],
    [setting.maxHeaderListSize, headerBytes],
  ] as const;
  const payload = Buffer.alloc(settingBytes * settings.length);
  for (const [index, [name, value]] of settings.entries()) {
    payload.writeUInt16BE(name, settingBytes * index);
    payload.writeUInt32BE(value, settingBytes * index + 2);
  }
  return payload;
}

/** What of the client's settings matters to a server that sends the smallest frames and never pushes. */
export interface ClientSettings {
  /** As often as it was said: of several the lowest matters too (RFC 7541 section 4.2). */
  readonly headerTableBytes: readonly number[];
  readonly initialWindow: number | undefined;
}

/**
 * Reads the settings of the client.
 *
 * @throws ConnectionError for values that may not be
 */
export function readSettings(payload: Buffer): ClientSettings {
  if (payload.length % settingBytes !== 0) {
    throw new ConnectionError(errorCode.frameSizeError, "settings are cut short");
  }
  const headerTableBytes: number[] = [];
  let initialWindow: number | undefined;
  for (let at = 0; at < payload.length; at += settingBytes) {
    const name = payload.readUInt16BE(at);
    const value = payload.readUInt32BE(at + 2);
    checkSetting(name, value);
    if (name === setting.headerTableSize) headerTableBytes.push(value);
    else if (name === setting.initialWindowSize) initialWindow = value;
  }
  return { headerTableBytes, initialWindow };
}

function checkSetting(name: number, value: number): void {
  if (name === setting.initialWindowSize && value > maxWindow) {
    throw new ConnectionError(errorCode.flowControlError, "the initial window is too large");
  }
  const isPushWrong = name === setting.enablePush && value > 1;
  const isSizeWrong = name === setting.maxFrameSize && (value < maxFrameBytes || value >= 2 ** 24);
  if (isPushWrong || isSizeWrong) {
    throw new ConnectionError(errorCode.protocolError, "a setting has a value that may not be");
  }
}
