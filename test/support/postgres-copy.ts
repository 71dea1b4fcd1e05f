/** A standby of a server that runs, as pg_basebackup would make it, which the package does not have. */
import { execFileSync } from "node:child_process";
import { appendFileSync, chownSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** The name by which the primary knows the standby. */
export const standbyName = "standby";

/** Copies the files of a server into an empty directory, with what makes it a standby. */
export async function copyServer(
  { url, directory }: { readonly url: string; readonly directory: string },
  into: string,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('copy', true)");
    const entries = readdirSync(directory).filter((name) => name !== "postmaster.pid");
    // Files of the directory keep their owner.
    execFileSync("cp", ["-a", ...entries.map((name) => join(directory, name)), into]);
    const { rows } = await client.query<{ label: string }>(
      "SELECT labelfile AS label FROM pg_backup_stop(false)",
    );
    writeOwned(into, "backup_label", rows[0]?.label ?? "");
  } finally {
    await client.end();
  }
  const { hostname, port, username, password } = new URL(url);
  const primary = `host=${hostname} port=${port} user=${username} password=${password}`;
  writeOwned(into, "standby.signal", "");
  const conninfo = `${primary} application_name=${standbyName}`;
  appendFileSync(join(into, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`);
}

/** Writes a file that belongs to whom the directory belongs to. */
function writeOwned(directory: string, name: string, text: string): void {
  const { uid, gid } = statSync(directory);
  writeFileSync(join(directory, name), text);
  chownSync(join(directory, name), uid, gid);
}
