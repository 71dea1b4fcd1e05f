/** An HTTP/2 client for tests that sends any bytes and shows every frame that comes back. */
import { once } from "node:events";
import { createConnection } from "node:net";
import { HeaderDecoder } from "../../src/server/http2/hpack/decoder.ts";

/** A frame as it came (RFC 9113 section 4.1). */
export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
  /** Names and values of a HEADERS frame. */
  readonly fields: readonly string[];
}

export const frameTypes = {
  ...{ data: 0, headers: 1, priority: 2, reset: 3, settings: 4, push: 5, ping: 6, goaway: 7 },
  ...{ windowUpdate: 8, continuation: 9 },
} as const;

export interface Http2Peer {
  /** All frames so far. */
  readonly frames: readonly ReceivedFrame[];
  /** True once the server has closed the connection. */
  ended(): boolean;
  /** Why what came could not be read, which ends the connection too. */
  broken(): unknown;
  /** Sends the bytes at once. */
  send(...bytes: readonly Uint8Array[]): void;
  /** Resolves as soon as `seen` is true of what came so far, or the server has closed the connection. */
  until(seen: () => boolean): Promise<void>;
  /** Closes the client's half. */
  end(): void;
  destroy(): void;
}

export async function openPeer(port: number): Promise<Http2Peer> {
  const socket = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true });
  const frames: ReceivedFrame[] = [];
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const check of waiting) check();
  };
  let ended = false;
  const end = () => {
    ended = true;
    tell();
  };
  let broken: unknown;
  const read = frameReader();
  socket.on("data", (chunk: Buffer) => {
    try {
      frames.push(...read(chunk));
      tell();
    } catch (thrown) {
      broken = thrown;
      socket.destroy();
    }
  });
  socket.on("error", end).on("end", end).on("close", end);
  await once(socket, "connect");
  return {
    frames,
    ended: () => ended,
    broken: () => broken,
    send: (...bytes) => void socket.write(Buffer.concat(bytes)),
    until: (seen) =>
      new Promise((resolve) => {
        const check = () => {
          if (!ended && !seen()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

/** Cuts what a server sends into frames; one for each connection. */
export function frameReader(): (chunk: Buffer) => readonly ReceivedFrame[] {
  const decoder = new HeaderDecoder({ tableBytes: 4096, listBytes: 65_536, fields: 1000 });
  let rest = Buffer.alloc(0);
  return (chunk) => {
    const frames: ReceivedFrame[] = [];
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      const [type, flags] = [rest.readUInt8(3), rest.readUInt8(4)];
      const payload = rest.subarray(9, end);
      const fields = type === frameTypes.headers ? decoder.decode(payload).fields : [];
      frames.push({ type, flags, stream: rest.readUInt32BE(5), payload, fields });
      rest = rest.subarray(end);
    }
    return frames;
  };
}
