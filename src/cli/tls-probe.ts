/** Finds out whether a server that does not answer in cleartext would answer with TLS. */
import { connect } from "node:tls";

/**
 * Tries a handshake and hangs up. Nothing is sent after it, so the certificate does not matter.
 *
 * @param address URL with host and port
 * @param timeoutMs after which the answer is no
 */
export async function speaksTls(address: string, timeoutMs = 2000): Promise<boolean> {
  const { hostname, port } = new URL(address);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 80),
    rejectUnauthorized: false,
  });
  socket.setTimeout(timeoutMs, () => resolve(false));
  socket.once("secureConnect", () => resolve(true));
  // Who refuses by an alert, for want of a certificate for instance, speaks TLS as well.
  socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => resolve(/_ALERT_/.test(code)));
  socket.once("close", () => resolve(false));
  const speaks = await promise;
  socket.destroy();
  return speaks;
}
