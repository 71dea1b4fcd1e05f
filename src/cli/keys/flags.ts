/** What the commands about signing keys share. */
import type { Command } from "commander";
import { KeyAlgorithm } from "../../../gen/targetd/v1/instance_service_pb.ts";
import type { CallFlags } from "../call-flags.ts";

/** The names of algorithms and what they are on the wire. */
export const algorithms = {
  RS256: KeyAlgorithm.RS256,
  ES256: KeyAlgorithm.ES256,
  EdDSA: KeyAlgorithm.EDDSA,
} as const;

export interface KeyFlags extends CallFlags {
  readonly instance?: string;
}

export function addInstanceFlag(command: Command): Command {
  return command.option("--instance <id>", "id of the instance, unless it is your own");
}
