/** The command line as a whole, and its help. */
import { Command } from "commander";
import { newMasterKey } from "../config/new-master-key.ts";
import { clientVariables, knobs } from "../config.ts";
import { version } from "../version.ts";
import { addBackupCommand } from "./backup.ts";
import { addCatalogCommand } from "./catalog/command.ts";
import { addCompletionCommand } from "./completion/command.ts";
import { addConfigCommand } from "./config.ts";
import { addDeliveriesCommand } from "./deliveries/command.ts";
import { addEventCommand } from "./event/command.ts";
import { addExecuteCommand } from "./execute.ts";
import { addExecutionCommand } from "./execution/command.ts";
import { exitCodeMeanings } from "./exit-codes.ts";
import { addFeatureCommand } from "./feature.ts";
import { addHistoryCommand } from "./history.ts";
import { addImportCommand } from "./import/command.ts";
import { addInstanceCommand } from "./instance/command.ts";
import type { Io } from "./io.ts";
import { addKeysCommand } from "./keys/command.ts";
import { addListenCommand } from "./listen/command.ts";
import { addMasterKeyCommand } from "./master-key/command.ts";
import { addMigrateCommand } from "./migrate/command.ts";
import { addProfileCommand } from "./profile/command.ts";
import { addRestoreCommand } from "./restore.ts";
import { addServeCommand } from "./serve.ts";
import { addTargetCommand } from "./target/command.ts";
import { columns } from "./text.ts";
import { addTokenCommand } from "./token/command.ts";

const examples = `Examples:
  targetd serve --dev                         start a server to try things out
  targetd config                              see what serve would start with
  targetd target create --name orders --endpoint https://hooks.example.com/orders
  targetd target update <id> --timeout 30s    change one field, leave the others
  targetd target list --json                  data for scripts
  targetd execution set request/shop.v1.Shop <target id>
  targetd token create --role IAM_OWNER_VIEWER --expires 90d
  targetd deliveries list --state failed      what did not arrive
  targetd listen --event order.paid           take calls here, verify and show them
  targetd backup --out backup.db              copy the database, also while the server goes on
  targetd history <id>                        who changed a target, when, and how
  targetd target update --help                all flags of a command
`;

/** Creates the parser; its actions use `io` and throw instead of ending the process. */
export function createProgram(io: Io): Command {
  const program = new Command("targetd")
    .description(
      "Keeps webhook targets, rotates their signing keys, and speaks the ZITADEL Actions v2 API " +
        "over gRPC, gRPC-Web, Connect and REST on one port.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()
    .showHelpAfterError("(--help shows the usage)")
    .addHelpText("after", `\n${[examples, environment(), exitCodeTable()].join("\n")}`);
  program.commandsGroup("Server:");
  addServeCommand(program, io);
  addConfigCommand(program, io);
  addMasterKeyCommand(program, io);
  addBackupCommand(program, io);
  addRestoreCommand(program, io);
  addMigrateCommand(program, io);
  program.commandsGroup("Client:");
  addTargetCommand(program, io);
  addExecutionCommand(program, io);
  addExecuteCommand(program, io);
  addCatalogCommand(program, io);
  addEventCommand(program, io);
  addDeliveriesCommand(program, io);
  addListenCommand(program, io);
  addTokenCommand(program, io);
  addInstanceCommand(program, io);
  addFeatureCommand(program, io);
  addKeysCommand(program, io);
  addHistoryCommand(program, io);
  addImportCommand(program, io);
  addProfileCommand(program, io);
  program.commandsGroup("Shell:");
  addCompletionCommand(program, io);
  return program;
}

function environment(): string {
  const group = (title: string, variables: readonly { env: string; meaning: string }[]) =>
    `Environment, ${title}:\n${columns(variables.map(({ env, meaning }) => [`  ${env}`, meaning]))}`;
  const note = "  A secret may come from a file: TARGETD_MASTER_KEY_FILE=/run/secrets/key\n";
  return `${group("server", [...Object.values(knobs), newMasterKey])}${note}\n${group("client", clientVariables)}`;
}

function exitCodeTable(): string {
  const rows = exitCodeMeanings.map(([code, meaning]) => [`  ${code}`, meaning]);
  return `Exit codes:\n${columns(rows)}`;
}
