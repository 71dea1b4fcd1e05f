/** Runs the commands of the README and of all pages but docs/how-to/ against a real server. */
import { testCommands } from "./support/all-commands.ts";

testCommands((page) => !page.startsWith("docs/how-to/"));
