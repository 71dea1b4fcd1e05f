/** A stream whose caller goes away in the middle of a message. */
import { readdirSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { expect, test } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.ts";

/** How callers go. */
const ways: Readonly<
  Record<string, (session: ClientHttp2Session, stream: ClientHttp2Stream) => void>
> = {
  "cancels the call": (_, stream) => stream.close(constants.NGHTTP2_CANCEL),
  "ends its connection": (session) => session.destroy(),
  "is reset": ({ socket }) => socket.resetAndDestroy(),
};

/** Begins to take a backup, and is gone while the server waits to send the rest of a message. */
async function leaveAmidst({ url, tokens }: TestApp, way: string): Promise<void> {
  const session = connect(url, { settings: { initialWindowSize: 1024 } });
  const stream = session.request({
    ":method": "POST",
    ":path": "/targetd.v1.BackupService/DownloadBackup",
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${tokens.owner}`,
  });
  // An empty message.
  stream.end(Buffer.alloc(5));
  // What the client tells of its own end.
  for (const each of [stream, session]) each.on("error", () => undefined);
  let received = 0;
  await new Promise<void>((resolve) => {
    stream.on("data", (data: Buffer) => {
      received += data.length;
      // Messages about the progress are shorter, and those with content much longer.
      if (received < 4096) return;
      stream.pause();
      resolve();
    });
  });
  ways[way]?.(session, stream);
  session.close();
}

test.each(Object.keys(ways))(
  "a stream ends, and is no error, when its caller %s in the middle of a message",
  async (way) => {
    const app = await startTestApp();
    try {
      await leaveAmidst(app, way);
      const drafts = () => readdirSync(app.dataDir).filter((name) => name.includes("draft"));
      await expect.poll(drafts).toEqual([]);
    } finally {
      await app.stop();
    }
    expect(app.logged.filter((line) => line.includes("internal error"))).toEqual([]);
    expect(app.logged.filter((line) => line.includes("backup sent"))).toEqual([]);
  },
);
