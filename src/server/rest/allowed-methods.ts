import type { MethodTable } from "../../rpc/method-table.ts";
import { compileRoutes } from "./routes.ts";

/**
 * Compiles the routes into a question: which HTTP methods does REST take at a path?
 *
 * @returns for each raw path its methods, sorted; none where nothing is
 */
export function allowedMethods(methods: MethodTable): (path: string) => readonly string[] {
  const routes = compileRoutes(methods, ({ verb }) => verb);
  return (path) => {
    const result = routes.find("OPTIONS", path);
    return result.kind === "found" ? [result.route] : result.allow;
  };
}
