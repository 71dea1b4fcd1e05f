/** Who is at the other end of a connection, as its socket and its client certificate say. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Peer } from "../../auth/identity.ts";

const subjectKey = Symbol("subject of the client certificate");

interface WithSubject {
  [subjectKey]?: string | undefined;
}

/** Remembers the subject of a verified client certificate with the connection. */
export function rememberPeer(socket: Socket): void {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return;
  const subject = socket.getPeerX509Certificate()?.subject;
  if (subject !== undefined) (socket as WithSubject)[subjectKey] = distinguishedName(subject);
}

/**
 * Where a request came from; over HTTP/2 the socket is a proxy, which hands through all but what would
 * disturb the session. The subject of the certificate has its most specific part first, as RFC
 * 4514 writes it: "CN=deploy,O=Example".
 */
export function peerOf(socket: (Socket & WithSubject) | undefined): Peer {
  return { address: socket?.remoteAddress, certificate: socket?.[subjectKey] };
}

/** Node writes one part a line, most general first, with commas and line breaks in values escaped. */
function distinguishedName(subject: string): string {
  return subject.split("\n").reverse().join(",");
}
