import net from "node:net";
import { Failure } from "../failure";

/** Throws a `Failure` that names the port if nobody can listen on it now. */
export async function requireFreePort(port: number, purpose: string, host?: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Failure(`port ${port} (${purpose}) ${refusal(error)}`)),
    );
    server.listen({ port, host }, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

function refusal(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE") return "is taken";
  return `cannot be used: ${error.message}`;
}

export function canConnect(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
