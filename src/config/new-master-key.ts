/** The one setting of a command alone: the key that `targetd master-key rotate` is to change to. */
import type { Knob } from "./read.ts";
import { masterKeyRule } from "./rules.ts";

export const newMasterKey: Knob<Uint8Array> = {
  env: "TARGETD_NEW_MASTER_KEY",
  flag: undefined,
  default: undefined,
  otherwise: "made for a key file",
  meaning: "Key that master-key rotate changes to where the key is not in its file",
  secret: true,
  rule: masterKeyRule,
};
