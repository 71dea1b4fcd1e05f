/** docs/reference/configuration.md: every setting, as `targetd config --docs` prints them. */
import { settingsMarkdown } from "../../src/config/docs.ts";

/** The page as Markdown. */
export function configurationPage(): string {
  return introduction + settingsMarkdown() + rest;
}

const introduction = `# Configuration

Settings come from flags of \`targetd serve\`, else from variables of the environment, else from the defaults. All are
read once, at the start; every mistake is named at once, and the server does not start with one (exit code 78). Only
the files of certificates are read again while it goes on. \`npm run gen:docs\` writes this page, and \`npm test\`
fails when it is out of date; \`targetd config --docs\` prints the table.

\`\`\`sh
targetd config            # the resolved settings and where each comes from, secrets masked
targetd config --json
\`\`\`

- **Secrets have no flag**, as flags show in the list of processes. They can come from a file: \`TARGETD_MASTER_KEY_FILE\`
  instead of \`TARGETD_MASTER_KEY\`. An empty variable in place of a secret refuses the start; any other empty
  variable counts as absent.
- **Durations** are written as \`90s\`, \`10m\`, \`1h30m\` or \`30d\`.
- **A variable that begins with \`TARGETD_\` and is not known** is warned of, with the name that is nearest.
- **--dev** is for trying things out: the log is for people, targets and issuers may be on this machine over http.

## All settings

Those from \`TARGETD_ADDRESS\` on are for the commands that call a server; the server does not read them.

`;

const rest = `
## Which belong together

| to | set | more |
| --- | --- | --- |
| be reached from other machines | \`TARGETD_LISTEN\`, \`TARGETD_PUBLIC_URL\`, \`TARGETD_TLS_CERT\` and \`_KEY\`, or \`TARGETD_INSECURE_CLEARTEXT\` behind a proxy | [run behind a proxy](../how-to/run-behind-a-proxy.md) |
| keep data elsewhere | \`TARGETD_DATA_DIR\`, or \`TARGETD_STORE\` with \`TARGETD_MASTER_KEY\` | [move to PostgreSQL](../how-to/move-to-postgresql.md) |
| let targets be on a private network | \`TARGETD_EGRESS_ALLOW\` | [egress.md](../egress.md) |
| accept the JWTs of an issuer | \`TARGETD_OIDC_*\` | [give access](../how-to/give-access.md#jwts-of-zitadel-or-of-another-issuer) |
| keep less, or more | \`TARGETD_KEEP_*\`, \`TARGETD_QUOTA_*\` | [operations.md](../operations.md#what-is-kept-and-how-much) |
| see what it does | \`TARGETD_METRICS_LISTEN\`, \`TARGETD_OTLP_*\`, \`TARGETD_LOG\` | [operations.md](../operations.md#metrics) |
| stop gently | \`TARGETD_DRAIN_DELAY\`, \`TARGETD_SHUTDOWN_TIMEOUT\` | [deploy.md](../deploy.md#what-holds-everywhere) |
`;
