/** targetd migrate: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addSqliteToPostgresCommand } from "./sqlite-to-postgres.ts";

export function addMigrateCommand(parent: Command, io: Io): void {
  const migrate = parent
    .command("migrate")
    .summary("move everything to another store: sqlite-to-postgres")
    .description("Moves the data of a server that is stopped to another store.")
    .helpCommand(false);
  addSqliteToPostgresCommand(migrate, io);
}
