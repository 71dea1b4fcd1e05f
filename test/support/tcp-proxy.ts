/** A network between two programs that can be cut: packets go nowhere, and nobody is told. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Nothing passes in either direction from now on; new connections are taken, as by a full queue. */
  cut(): void;
  /** What comes from now on passes again. What the connections of before have sent is lost. */
  mend(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(port: number, host = "127.0.0.1"): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    keep(near);
    if (isCut) return;
    const far = connect(port, host);
    keep(far);
    join(near, far);
    join(far, near);
  });
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      // Even their ends are not told.
      for (const socket of sockets) {
        socket.removeAllListeners("data").removeAllListeners("close").resume();
      }
    },
    mend() {
      isCut = false;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function join(from: Socket, to: Socket): void {
  from.on("data", (bytes) => void to.write(bytes));
  from.once("close", () => to.destroy());
}
