/** Opens a port for a contender and tells which. */
import type { AddressInfo, Server } from "node:net";

export function listening(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}
