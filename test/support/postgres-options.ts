/** What tests can ask of a PostgreSQL server of their own. */

export interface ServerOptions {
  /** Syncs what it writes; otherwise nothing is synced, which is much faster. */
  readonly durable?: boolean;
  /** As in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The server whose standby it is to be. */
  readonly copyOf?: { readonly url: string; readonly directory: string };
  /** PEM; to be used by the settings of {@link withTls}. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Names of files in the directory of the server. */
export const tlsFiles = { cert: "test-server.crt", key: "test-server.key" } as const;

/** Makes a server take connections with TLS. */
export const withTls = (tls: NonNullable<ServerOptions["tls"]>): ServerOptions => ({
  tls,
  settings: { ssl: "on", ssl_cert_file: tlsFiles.cert, ssl_key_file: tlsFiles.key },
});
