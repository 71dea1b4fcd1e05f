/** Who is at the other end of a connection, as its client certificate says. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { HttpRequest } from "../request.ts";

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
 * The subject of the client certificate a request came with, most specific part first as RFC 4514
 * writes it: "CN=deploy,O=Example". Undefined when no certificate is asked for.
 */
export function peerOf(request: HttpRequest): string | undefined {
  // Over HTTP/2 this is a proxy, which hands through all but what would disturb the session.
  return (request.socket as WithSubject | undefined)?.[subjectKey];
}

/** Node writes one part a line, most general first, with commas and line breaks in values escaped. */
function distinguishedName(subject: string): string {
  return subject.split("\n").reverse().join(",");
}
