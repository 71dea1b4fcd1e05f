import type { Logger } from "../../telemetry/log.ts";
import { type Certificate, expiryOf } from "./certificate.ts";
import { type CertificateFollower, followCertificate } from "./certificate-follower.ts";

/** The settings of TLS; both paths or none. */
export interface TlsSettings {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsClientCa: string | undefined;
}

/**
 * Follows the certificate of the settings and tells the log what becomes of it.
 *
 * @returns undefined when no certificate is set
 * @throws CertificateError when it cannot be used
 */
export async function openCertificates(
  { tlsCert: cert, tlsKey: key, tlsClientCa: clientCa }: TlsSettings,
  log: Logger,
): Promise<CertificateFollower | undefined> {
  if (cert === undefined || key === undefined) return undefined;
  const warnWhenExpired = (certificate: Certificate) => {
    const expires = expiryOf(certificate);
    if (expires.getTime() < Date.now()) log.warn({ expires }, "the TLS certificate has expired");
  };
  const follower = await followCertificate(
    { cert, key, clientCa },
    {
      onReload(next) {
        log.info({ expires: expiryOf(next) }, "TLS certificate reloaded");
        warnWhenExpired(next);
      },
      onRefused: (err) => log.error({ err }, "the TLS certificate in use stays"),
    },
  );
  warnWhenExpired(follower.current);
  return follower;
}
