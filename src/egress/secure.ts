/** TLS over a connection that is there already. */
import { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import {
  connect,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from "node:tls";

/**
 * @param ca further authorities (PEM) that are trusted besides those of Node
 * @throws Error when it holds no certificate, or a broken one
 */
export function trusting(ca: string | undefined): SecureContext {
  if (ca === undefined) return createSecureContext();
  // OpenSSL passes over what it cannot read, and nobody would know why calls fail.
  const extra = ca.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (extra === null) throw new Error("the extra authorities hold no certificate (PEM)");
  for (const certificate of extra) new X509Certificate(certificate);
  return createSecureContext({ ca: [...getCACertificates("default"), ...extra] });
}

/**
 * Shakes hands and checks that the certificate is for the host, whatever address was dialled.
 *
 * @param host name or IP address as in the URL
 * @throws the error of TLS, or the reason of the signal; the socket is destroyed then
 */
export function secure(
  socket: Socket,
  host: string,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const name = host.replace(/\.$/, "");
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      secureContext,
      host: name,
      // RFC 6066 section 3: no addresses here.
      ...(isIP(name) === 0 && { servername: name }),
      ALPNProtocols: ["http/1.1"],
      // Else a variable of the environment could switch the check off.
      rejectUnauthorized: true,
    });
    let failure: unknown = new Error("the connection was closed");
    const settled = () => signal.removeEventListener("abort", abort);
    const abort = () => {
      failure = signal.reason;
      secured.destroy();
    };
    secured.on("error", (error) => {
      failure = error;
    });
    secured.once("secureConnect", () => {
      settled();
      resolve(secured);
    });
    secured.once("close", () => {
      settled();
      socket.destroy();
      reject(failure);
    });
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
  });
}
