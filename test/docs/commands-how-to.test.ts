/** Runs the commands of docs/how-to/ against a real server. */
import { testCommands } from "./support/all-commands.ts";

testCommands((page) => page.startsWith("docs/how-to/"));
