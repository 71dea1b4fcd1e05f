/** The file of the profiles: where it is, what it holds, how it is changed. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import type { Environment } from "../../config/read.ts";
import { publicUrlRule } from "../../config/rules.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { printable } from "../text.ts";
import { isToken } from "../token-file.ts";

const nameForm = "must be 1 to 63 letters, digits, dots, dashes and underscores";

/** Name of a profile; begins with a letter or digit. */
export const profileName = z
  .string(nameForm)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, `${nameForm}, beginning with a letter or digit`);

const profileSchema = z.strictObject(
  {
    address: publicUrlRule.optional(),
    /** Path; a relative one starts at the folder of the configuration file. */
    tokenFile: z
      .string("must be a path")
      .min(1, "must be a path")
      .refine((path) => !isToken(path), "must be the path of a file, not the access token itself")
      .optional(),
  },
  { error: objectMistake("an object with address and tokenFile") },
);

const fileSchema = z.strictObject(
  {
    current: z.string("must be the name of a profile").optional(),
    profiles: z
      .record(profileName, profileSchema, { error: objectMistake("an object of profiles") })
      .default({}),
  },
  { error: objectMistake("an object with current and profiles") },
);

export type Profile = z.infer<typeof profileSchema>;
export type ProfileFile = z.infer<typeof fileSchema>;

/**
 * Path of the file: TARGETD_CONFIG, else in the user's configuration folder. Undefined where there
 * is no such folder, as for users without a home.
 */
export function profilePath(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (env.TARGETD_CONFIG) return env.TARGETD_CONFIG;
  const folder = platform === "win32" ? env.APPDATA : xdgFolder(env);
  return folder ? join(folder, "targetd", "config.json") : undefined;
}

/** The XDG base directory specification has relative paths ignored. */
function xdgFolder({ XDG_CONFIG_HOME: own, HOME: home }: Environment): string | undefined {
  if (own && isAbsolute(own)) return own;
  return home ? join(home, ".config") : undefined;
}

/**
 * Reads the profiles; without a file there are none.
 *
 * @throws CliError config, naming the file and every wrong key
 */
export function readProfiles(path: string | undefined): ProfileFile {
  const text = path === undefined ? undefined : readText(path);
  if (text === undefined) return { profiles: {} };
  const result = fileSchema.safeParse(parsed(text, path));
  if (result.success) return result.data;
  const details = result.error.issues.map((issue) => {
    // A wrong name of a profile is reported inside of an issue of its own.
    const message = issue.code === "invalid_key" ? issue.issues[0]?.message : issue.message;
    return printable(`${issue.path.join(".") || "the file"}: ${message}`);
  });
  throw invalidFile(path, "is not valid", details);
}

/**
 * Writes the profiles, for their owner only; readers see the old file or the new one.
 *
 * @throws CliError config
 */
export function writeProfiles(path: string | undefined, content: ProfileFile): void {
  if (path === undefined) {
    throw new CliError(exitCodes.config, "there is no folder for the configuration file", {
      hint: "name the file in TARGETD_CONFIG",
    });
  }
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    replaceFile(realPath(path), `${JSON.stringify(content, undefined, 2)}\n`);
  } catch (error) {
    throw invalidFile(path, `cannot be written (${errorCode(error)})`);
  }
}

function replaceFile(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: 0o600, flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The file that a link leads to, so that the link stays one. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw invalidFile(path, `cannot be read (${code})`);
  }
}

function parsed(text: string, path: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidFile(path, "is not JSON");
  }
}

function invalidFile(path = "", what: string, details: readonly string[] = []): CliError {
  return new CliError(exitCodes.config, `the configuration file ${printable(path)} ${what}`, {
    details,
    hint: "correct it, or name another in TARGETD_CONFIG",
  });
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unreadable";
}

function objectMistake(form: string): (issue: { code?: string; keys?: string[] }) => string {
  return ({ keys }) =>
    keys === undefined ? `must be ${form}` : `must not have ${keys.join(", ")}`;
}
