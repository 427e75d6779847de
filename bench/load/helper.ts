import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { Failure } from "../../src/cli/failure";

/** What a child process can be asked to do. Arguments and results travel as JSON. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each method has arguments of its own
export type Methods = Readonly<Record<string, (argument: any) => Promise<unknown>>>;

interface Request {
  readonly method: string;
  readonly argument: unknown;
}

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

/** A child process that is asked one thing at a time. */
export class Helper<M extends Methods> {
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, "exit");
  }

  static start<M extends Methods>(script: string): Helper<M> {
    return new Helper<M>(fork(path.join(__dirname, script)));
  }

  /** @throws Failure with what went wrong there */
  async ask<K extends keyof M & string>(
    method: K,
    argument: Parameters<M[K]>[0],
  ): Promise<Awaited<ReturnType<M[K]>>> {
    const request: Request = { method, argument };
    this.child.send(request);
    const reply = await Promise.race([this.nextReply(), this.ended.then(lostReply)]);
    if (reply.error !== undefined) throw new Failure(reply.error);
    return reply.result as Awaited<ReturnType<M[K]>>;
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  private async nextReply(): Promise<Reply> {
    const [reply] = (await once(this.child, "message")) as [Reply];
    return reply;
  }
}

function lostReply(): Reply {
  return { error: "a load generator ended by itself" };
}

/** To be called in the child: serves until the parent is gone. */
export function serve(methods: Methods): void {
  process.on("message", (request: Request) => {
    void answer(methods, request).then((reply) => process.send!(reply));
  });
  process.once("disconnect", () => process.exit());
}

async function answer(methods: Methods, { method, argument }: Request): Promise<Reply> {
  try {
    return { result: await methods[method]!(argument) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
