/** What lies below HTTP: TCP, and TLS where there is a certificate. */
import { constants } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import type { ServerLimits } from "./limits.ts";
import type { Protocol } from "./protocol.ts";
import type { CutReason, OnCut } from "./request.ts";
import type { Certificate } from "./tls/certificate.ts";
import type { CertificateSource } from "./tls/certificate-follower.ts";
import { rememberPeer } from "./tls/peer.ts";

export interface TransportOptions {
  /** Undefined: cleartext. */
  readonly certificates: CertificateSource | undefined;
  readonly limits: ServerLimits;
  readonly onCut: OnCut;
  /**
   * Takes over a connection.
   *
   * @param agreed the protocol that the TLS handshake settled on; undefined in cleartext
   */
  readonly onSocket: (socket: Socket, agreed: Protocol | undefined) => void;
}

const tcpOptions = { noDelay: true, keepAlive: true };

/**
 * Creates the server that accepts connections. Its event "connection" tells of every TCP connection,
 * `onSocket` of those that are ready for HTTP.
 */
export function createTransport(options: TransportOptions): Server {
  const { certificates, onSocket } = options;
  if (certificates !== undefined) return createTlsTransport(options, certificates);
  return createServer(tcpOptions, (socket) => onSocket(socket, undefined));
}

function createTlsTransport(
  { limits, onCut, onSocket }: TransportOptions,
  certificates: CertificateSource,
): Server {
  const server = createTlsServer({
    ...tcpOptions,
    ...contextOptions(certificates.current),
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: limits.handshakeMs,
    requestCert: certificates.current.clientCa !== undefined,
    rejectUnauthorized: true,
  });
  certificates.onChange((next) => server.setSecureContext(contextOptions(next)));
  server.on("secureConnection", (socket) => {
    rememberPeer(socket);
    // Without ALPN it can only be HTTP/1.1 (RFC 9113 section 3.3).
    onSocket(socket, socket.alpnProtocol === "h2" ? "http2" : "http1");
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    socket.destroy();
    const reason = socket.authorizationError ? "refused-certificate" : handshakeCut(error.code);
    if (reason !== undefined) onCut(reason);
  });
  return server;
}

function handshakeCut(code: string | undefined): CutReason | undefined {
  switch (code) {
    case "ECONNRESET":
      // A peer that only looked whether the port is open did nothing wrong.
      return undefined;
    case "ERR_TLS_HANDSHAKE_TIMEOUT":
      return "slow-handshake";
    case "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE":
      return "refused-certificate";
    default:
      return "failed-handshake";
  }
}

/** A new context also forgets the session tickets of the one before. */
function contextOptions({ cert, key, clientCa }: Certificate): TlsOptions {
  return {
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    minVersion: "TLSv1.2",
    // TLS 1.2 lets a client ask for one handshake after the other on the same connection.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}
