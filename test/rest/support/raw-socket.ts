import { connect as connectTcp } from "node:net";

/** Sends raw bytes and reads until the server ends the connection, or the answer is enough. */
export async function exchange(
  url: URL,
  parts: readonly string[],
  enough: (answer: string) => boolean = () => false,
): Promise<string> {
  const socket = connectTcp(Number(url.port), url.hostname);
  for (const part of parts) socket.write(part);
  let answer = "";
  for await (const chunk of socket) {
    answer += String(chunk);
    if (enough(answer)) break;
  }
  return answer;
}

/** Sends raw bytes and breaks the connection. */
export async function hangUp(url: URL, bytes: string): Promise<void> {
  const socket = connectTcp(Number(url.port), url.hostname);
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  socket.resetAndDestroy();
}
