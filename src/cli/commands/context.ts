import type { Command } from "commander";
import { AdminClient } from "../client/admin-client";
import type { Answer } from "../client/admin-client";
import { parseEndpoint } from "../client/endpoint";
import { Refusal } from "../client/refusal";
import { readToken } from "../client/token";
import { styleOf } from "../output/style";
import type { Style } from "../output/style";

/** The options that every command takes. */
export interface GlobalOptions {
  readonly url: string;
  readonly tokenFile?: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** What a command works with: the gateway, and the way to tell what it said. */
export class Context {
  readonly isJson: boolean;
  readonly style: Style = styleOf(process.stdout, process.env);

  constructor(private readonly options: GlobalOptions) {
    this.isJson = options.json === true;
  }

  client(): AdminClient {
    const { url, tokenFile, timeout } = this.options;
    return new AdminClient({
      endpoint: parseEndpoint(url),
      token: readToken(tokenFile, process.env),
      timeoutMs: timeout,
    });
  }

  /** Prints the answer as JSON, or what `render` makes of it for a person. */
  show<T>(document: T, render: (document: T) => string): void {
    print(this.isJson ? toJson(document) : render(document));
  }

  /** The same for the answer to a change, which may not be in force everywhere yet. */
  showChange<T>(answer: Answer<T>, render: (document: T) => string): void {
    this.show(answer.document, render);
    if (answer.isPending) note("accepted; not yet live in every worker");
  }
}

/** Makes an action for commander of work that gets a context in front of arguments, options and command. */
export function withContext<A extends unknown[]>(
  work: (context: Context, ...args: A) => void | Promise<void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const context = new Context(command.optsWithGlobals<GlobalOptions>());
    try {
      await work(context, ...(args as A));
    } catch (error) {
      if (context.isJson && error instanceof Refusal) print(toJson(error.document));
      throw error;
    }
  };
}

export function print(text: string): void {
  process.stdout.write(text);
}

/** A line beside the result: it goes to the standard error output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function toJson(document: unknown): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
