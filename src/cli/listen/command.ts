/** targetd listen */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Condition } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import { listenRule } from "../../config/rules.ts";
import { durationArgument } from "../arguments.ts";
import { addActionFlags } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import { conditionArgument } from "../execution/condition.ts";
import type { Io } from "../io.ts";
import { payloadTypes, targetTypes } from "../target/values.ts";
import { listen } from "./listen.ts";
import { type ListenFlags, planFrom } from "./plan.ts";

const notes = `
Without --target the listener creates a target, renews it while it runs, and deletes it at its end, by Ctrl-C or
SIGTERM. Were it killed, the server would delete the target, and take it out of every list, after --ttl.
With --target it shows and verifies the calls of a target that is there, and changes nothing: something has
to lead the calls of the target's endpoint to --listen. The key is that of --signing-key-file, of
TARGETD_SIGNING_KEY, or of the target, if the access token may read it.

Calls that are not genuine are answered with 401 and not forwarded. docs/listen.md tells more.
`;

export function addListenCommand(parent: Command, io: Io): void {
  const command = parent
    .command("listen")
    .summary("receive calls here, verify and show them")
    .description(
      "Takes the calls of a target on this machine and prints each with what it is about, whether it is " +
        "genuine, and what it says. For people who build receivers.",
    );
  addPlaceFlags(command);
  addTargetFlags(command);
  addAnswerFlags(command);
  addActionFlags(command)
    .addHelpText("after", notes)
    .action((flags: ListenFlags) => listen(planFrom(flags, io.env), flags, { io, process }));
  addExamples(
    command,
    "targetd listen --event order.paid",
    'targetd listen --request /shop.v1.Shop/Order --type call --body \'{"item": "tea"}\'',
    "targetd listen --event all --payload jwe --forward http://127.0.0.1:3000/hooks",
    "targetd listen --target <id> --listen 127.0.0.1:4000 --signing-key-file orders.key",
  );
}

function addPlaceFlags(command: Command): void {
  command
    .optionsGroup("Listener:")
    .addOption(
      new Option("--listen <host:port>", "where calls are taken; port 0 picks a free one")
        .argParser(addressArgument)
        .default({ host: "127.0.0.1", port: 0 }, "127.0.0.1:0"),
    )
    .option("--public-url <url>", "URL at which the server reaches that, if it is another")
    .option("--target <id>", "take the calls of this target, and change nothing")
    .option("--signing-key-file <path>", "with --target: file with its signing key")
    .option("--private-key-file <path>", "with --target: file with the key that opens its JWE");
}

function addTargetFlags(command: Command): void {
  command
    .optionsGroup("Temporary target:")
    .option("--event <type>", "call it for events: a type, a group as 'order.*', all", on("event"))
    .option(
      "--request <method>",
      "before a method, /<service>/<method>; a service; all",
      on("request"),
    )
    .option("--response <method>", "after a method; the same forms", on("response"))
    .option("--function <name>", "when a function runs; all four can be repeated", on("function"))
    .option("--shadow", "go before the list of a wider condition, which then does not run")
    .option("--name <text>", "name, unique whatever its case")
    .addOption(
      new Option("--type <type>", "what happens to the answer").choices(Object.keys(targetTypes)),
    )
    .option("--interrupt-on-error", "a failed call fails the caller")
    .addOption(
      new Option("--payload <type>", "how the body is packed").choices(Object.keys(payloadTypes)),
    )
    .option("--timeout <duration>", "time limit of one call (default: 10s)", durationArgument)
    .option("--ttl <duration>", "when it ends if not renewed (default: 2m)", durationArgument);
}

function addAnswerFlags(command: Command): void {
  command
    .optionsGroup("Answer:")
    .option("--status <code>", "status, 200 to 599 (default: 200)", statusArgument)
    .option("--body <text>", "body; none by default")
    .option("--delay <duration>", "wait before the answer, or before forwarding", durationArgument)
    .addOption(
      new Option("--forward <url>", "hand calls on to this URL, and its answer back").conflicts([
        "status",
        "body",
      ]),
    );
}

function addressArgument(text: string) {
  const result = listenRule.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError(`It ${result.error.issues[0]?.message}.`);
}

function statusArgument(text: string): number {
  if (/^[2-5]\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 200 to 599.");
}

/** Parser of repeatable flags that take a condition of one kind, without its kind. */
function on(kind: string) {
  return (text: string, earlier: readonly Condition[] = []): readonly Condition[] => {
    const isAll = text === "all" && kind !== "function";
    return [...earlier, conditionArgument(isAll ? kind : `${kind}/${text}`)];
  };
}
