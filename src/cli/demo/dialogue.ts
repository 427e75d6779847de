import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { Failure } from "../failure";

const QUESTION = "Hello";
const ANSWER = "Server received from client: Hello";
const MIN_CLIENTS = 4;
/** Each worker of the gateway takes its turns by itself, so the first few clients may all reach the same backend. */
const MAX_CLIENTS = 64;
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Several clients, all open at once, say Hello through the gateway; their transcript is printed, and which backend
 * served each.
 * @param backends the ports of those that must each have served one
 * @throws Failure if anything is off
 */
export async function holdDialogue(url: string, backends: readonly number[]): Promise<void> {
  const waiting = new Set(backends.map(String));
  const sockets: WebSocket[] = [];
  try {
    for (let client = 1; client <= MIN_CLIENTS || (waiting.size > 0 && client <= MAX_CLIENTS); client += 1) {
      const socket = new WebSocket(url);
      sockets.push(socket);
      const { answer, servedBy } = await ask(socket);
      console.log(`client ${client}, served by backend ${servedBy}\n> ${QUESTION}\n< ${answer}`);
      if (answer !== ANSWER) throw new Failure(`client ${client} expected "${ANSWER}", got "${answer}"`);
      waiting.delete(servedBy);
    }
  } finally {
    for (const socket of sockets) socket.close();
  }
  if (waiting.size > 0) throw new Failure(`no client was served by backend ${[...waiting].join(", ")}`);
}

function ask(socket: WebSocket): Promise<{ answer: string; servedBy: string }> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.terminate();
      reject(new Failure(`no answer through ${socket.url}: ${reason}`));
    };
    const timer = setTimeout(() => fail(`nothing in ${ANSWER_TIMEOUT_MS / 1000} s`), ANSWER_TIMEOUT_MS);
    let servedBy = "unknown";
    socket.once("upgrade", (response: IncomingMessage) => (servedBy = String(response.headers["served-by"])));
    socket.once("open", () => socket.send(QUESTION));
    socket.once("message", (data) => {
      clearTimeout(timer);
      resolve({ answer: String(data), servedBy });
    });
    socket.once("close", (code) => fail(`closed with ${code}`));
    socket.on("error", (error) => fail(error.message));
  });
}
