/** Certificates that change while the server runs. */
import { once } from "node:events";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { CertificateFiles } from "../../../../src/server/tls/certificate.ts";
import { CertificateError } from "../../../../src/server/tls/certificate.ts";
import { followCertificate } from "../../../../src/server/tls/certificate-follower.ts";
import { newAuthority, type TestCertificate } from "../../../support/certificate.ts";
import { answerOf, openPort, openSession } from "../../../support/port.ts";
import { temporaryFolder } from "../../../support/tool.ts";

const authority = newAuthority();
const trusting = { ca: authority.cert };

function writePair(folder: string, { cert, key }: TestCertificate): CertificateFiles {
  writeFileSync(join(folder, "tls.crt"), cert);
  writeFileSync(join(folder, "tls.key"), key);
  return filesIn(folder);
}

function filesIn(folder: string): CertificateFiles {
  return { cert: join(folder, "tls.crt"), key: join(folder, "tls.key"), clientCa: undefined };
}

/** A port that follows the files. */
async function openFollowing(files: CertificateFiles) {
  const refused: Error[] = [];
  let reloads = 0;
  const events = {
    onReload: () => void reloads++,
    onRefused: (problem: Error) => void refused.push(problem),
  };
  const follower = await followCertificate(files, events, 5);
  onTestFinished(() => follower.stop());
  const port = await openPort((_request, response) => void response.end("ok"), {}, follower);
  return { ...port, refused, reloaded: () => expect.poll(() => reloads).toBe(1) };
}

/** Common name of the certificate that a new connection gets. */
async function nameAt(port: number): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port, ...trusting });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return [CN].flat()[0];
}

test("new connections get a new certificate, open ones go on", async () => {
  const folder = temporaryFolder();
  const files = writePair(folder, authority.issue("first"));
  const { url, port, reloaded } = await openFollowing(files);
  const session = openSession(url, trusting);
  expect(await answerOf(session.request())).toEqual([200, "ok"]);
  expect(await nameAt(port)).toBe("first");
  writePair(folder, authority.issue("second"));
  await reloaded();
  expect(await nameAt(port)).toBe("second");
  expect(await answerOf(session.request())).toEqual([200, "ok"]);
});

test("follows files that are renamed into place", async () => {
  const folder = temporaryFolder();
  const files = writePair(folder, authority.issue("first"));
  const { port, reloaded } = await openFollowing(files);
  const next = join(folder, "next");
  mkdirSync(next);
  writePair(next, authority.issue("second"));
  for (const name of ["tls.crt", "tls.key"]) renameSync(join(next, name), join(folder, name));
  await reloaded();
  expect(await nameAt(port)).toBe("second");
});

test("follows a symbolic link to a folder, as mounted volumes swap it", async () => {
  const folder = temporaryFolder();
  for (const name of ["first", "second"]) {
    mkdirSync(join(folder, name));
    writePair(join(folder, name), authority.issue(name));
  }
  symlinkSync("first", join(folder, "..data"));
  const { port, reloaded } = await openFollowing(filesIn(join(folder, "..data")));
  symlinkSync("second", join(folder, "next"));
  renameSync(join(folder, "next"), join(folder, "..data"));
  await reloaded();
  expect(await nameAt(port)).toBe("second");
});

/** Whether a new connection is answered, and the session that a later one can resume. */
async function exchange(port: number, options: ConnectionOptions) {
  const socket = connect({ host: "127.0.0.1", port, ...trusting, ...options });
  onTestFinished(() => void socket.destroy());
  let session: Buffer | undefined;
  let resumed = false;
  socket.once("secureConnect", () => {
    resumed = socket.isSessionReused();
  });
  socket.on("session", (next) => {
    session = next;
  });
  socket.end("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const answer = await text(socket).catch(() => "");
  return {
    answered: answer.startsWith("HTTP/1.1 200"),
    session,
    resumed,
  };
}

test("client certificates are refused once their authority has left the file", async () => {
  const [former, later] = [newAuthority("former"), newAuthority("later")];
  const folder = temporaryFolder();
  const clientCa = join(folder, "clients.crt");
  writeFileSync(clientCa, former.cert);
  const files = { ...writePair(folder, authority.issue("server")), clientCa };
  const { port, reloaded } = await openFollowing(files);
  const [withdrawn, renewed] = [former.issue("a"), later.issue("a")];
  const { answered, session } = await exchange(port, withdrawn);
  expect([answered, (await exchange(port, renewed)).answered]).toEqual([true, false]);
  const ticket = session === undefined ? {} : { session };
  expect(await exchange(port, { ...withdrawn, ...ticket })).toMatchObject({ resumed: true });
  writeFileSync(clientCa, later.cert);
  await reloaded();
  expect((await exchange(port, { ...withdrawn, ...ticket })).answered).toBe(false);
  expect((await exchange(port, withdrawn)).answered).toBe(false);
  expect((await exchange(port, renewed)).answered).toBe(true);
});

const other = authority.issue("other");

test.each([
  ["a key of another certificate", { ...authority.issue("second"), key: other.key }],
  ["no certificate", { ...other, cert: "-----BEGIN CERT" }],
  ["an empty key", { ...other, key: "" }],
  ["an empty certificate", { ...other, cert: "" }],
])("keeps the certificate when there is %s, says so once, and recovers", async (_name, broken) => {
  const folder = temporaryFolder();
  const files = writePair(folder, authority.issue("first"));
  const { port, refused, reloaded } = await openFollowing(files);
  writePair(folder, broken);
  await expect.poll(() => refused.length).toBeGreaterThan(0);
  expect(await nameAt(port)).toBe("first");
  for (const problem of refused) expect(problem).toBeInstanceOf(CertificateError);
  expect(new Set(refused.map(({ message }) => message)).size).toBe(refused.length);
  writePair(folder, authority.issue("third"));
  await reloaded();
  expect(await nameAt(port)).toBe("third");
});

test.each([
  ["a missing file", (files: CertificateFiles) => ({ ...files, key: `${files.key}.none` })],
  ["a key for a certificate", (files: CertificateFiles) => ({ ...files, cert: files.key })],
  ["a key for an authority", (files: CertificateFiles) => ({ ...files, clientCa: files.key })],
])("refuses to start with %s and names the file only", async (_name, change) => {
  const pair = authority.issue("first");
  const files = change(writePair(temporaryFolder(), pair));
  const events = { onReload: () => undefined, onRefused: () => undefined };
  const failure = await followCertificate(files, events).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(CertificateError);
  expect((failure as Error).message).toContain("tls.key");
  expect((failure as Error).message).not.toContain(pair.key.slice(30, 60));
});
