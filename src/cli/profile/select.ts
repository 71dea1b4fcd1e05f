/** Which profile a command uses. */
import { dirname, resolve } from "node:path";
import type { Environment } from "../../config/read.ts";
import { CliError } from "../cli-error.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { printable } from "../text.ts";
import { type Profile, type ProfileFile, profilePath, readProfiles } from "./file.ts";

/** A profile with its name, its token file being a path that works from anywhere. */
export interface SelectedProfile extends Profile {
  readonly name: string;
  /** It was asked for by flag or variable, not by "profile use". */
  readonly named: boolean;
}

/**
 * The profile of --profile, else of TARGETD_PROFILE, else the current one.
 *
 * @returns undefined when none is chosen
 * @throws CliError usage for an unknown name in the flag; config for one elsewhere or a wrong file
 */
export function selectProfile(
  flag: string | undefined,
  env: Environment,
): SelectedProfile | undefined {
  const path = profilePath(env);
  const file = readProfiles(path);
  const [source, name, exitCode] =
    flag !== undefined
      ? (["--profile", flag, exitCodes.usage] as const)
      : env.TARGETD_PROFILE
        ? (["TARGETD_PROFILE", env.TARGETD_PROFILE, exitCodes.config] as const)
        : (["the current profile", file.current, exitCodes.config] as const);
  if (name === undefined) return undefined;
  const { tokenFile, ...rest } = findProfile(file, name, { source, path, exitCode });
  return {
    ...rest,
    ...(tokenFile !== undefined && { tokenFile: resolve(dirname(path ?? ""), tokenFile) }),
    name,
    named: source !== "the current profile",
  };
}

/** How a missing profile is reported. */
export interface ProfileSearch {
  /** Where the name came from. */
  readonly source: string;
  readonly path: string | undefined;
  readonly exitCode: ExitCode;
}

/** @throws CliError that lists the names there are */
export function findProfile(
  { profiles }: ProfileFile,
  name: string,
  { source, path, exitCode }: ProfileSearch,
): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) return profile;
  const names = Object.keys(profiles).sort();
  const file = printable(path ?? "the configuration file");
  const message = `${source}: there is no profile ${JSON.stringify(printable(name))} in ${file}`;
  throw new CliError(exitCode, message, {
    hint:
      names.length > 0
        ? `the profiles are ${names.join(", ")}`
        : `"targetd profile set <name> --address <url>" makes one`,
  });
}
