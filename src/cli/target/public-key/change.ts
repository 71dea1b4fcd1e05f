/** targetd target public-key activate, deactivate and remove */
import type { Command } from "commander";
import {
  ActivatePublicKeyResponseSchema,
  DeactivatePublicKeyResponseSchema,
  RemovePublicKeyResponseSchema,
} from "../../../../gen/zitadel/action/v2/public_key_messages_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../../call-flags.ts";
import { addExamples } from "../../examples.ts";
import type { Io } from "../../io.ts";
import { timeText } from "../../text.ts";
import { withTargets } from "../client.ts";

type Act = (targetId: string, keyId: string, flags: ActionFlags) => Promise<void>;

interface Texts {
  readonly summary: string;
  readonly description: string;
}

function addKeyCommand(parent: Command, name: string, texts: Texts, act: Act): void {
  const command = parent
    .command(name)
    .summary(texts.summary)
    .description(texts.description)
    .argument("<id>", "id of the target")
    .argument("<key-id>", "id of the key, the kid of the payloads")
    .action(act);
  addActionFlags(command);
  addExamples(command, `targetd target public-key ${name} <id> <key id>`);
}

export function addActivateCommand(parent: Command, io: Io): void {
  const texts = {
    summary: "make a public key the one in use",
    description:
      "Makes a public key the one in use, from the next call on, and all others inactive.",
  };
  addKeyCommand(parent, "activate", texts, async (targetId, keyId, flags) => {
    const answer = await withTargets(flags, io, (client) =>
      client.activatePublicKey({ targetId, keyId }),
    );
    printAnswer(ActivatePublicKeyResponseSchema, answer, flags, io, () => {
      io.err(`active since ${timeText(answer.changeDate)}\n`);
    });
  });
}

export function addDeactivateCommand(parent: Command, io: Io): void {
  const texts = {
    summary: "take a public key out of use",
    description:
      "Takes a public key out of use. Without an active key, calls with payloads of the type JWE fail.",
  };
  addKeyCommand(parent, "deactivate", texts, async (targetId, keyId, flags) => {
    const answer = await withTargets(flags, io, (client) =>
      client.deactivatePublicKey({ targetId, keyId }),
    );
    printAnswer(DeactivatePublicKeyResponseSchema, answer, flags, io, () => {
      const since = timeText(answer.changeDate);
      io.err(since === "" ? "it never was active\n" : `inactive since ${since}\n`);
    });
  });
}

export function addRemoveCommand(parent: Command, io: Io): void {
  const texts = {
    summary: "remove an inactive public key",
    description: "Removes an inactive public key. Removing one that is already gone is no error.",
  };
  addKeyCommand(parent, "remove", texts, async (targetId, keyId, flags) => {
    const answer = await withTargets(flags, io, (client) =>
      client.removePublicKey({ targetId, keyId }),
    );
    printAnswer(RemovePublicKeyResponseSchema, answer, flags, io, () => {
      const removed = timeText(answer.deletionDate);
      io.err(removed === "" ? "there is no such key\n" : `removed at ${removed}\n`);
    });
  });
}
