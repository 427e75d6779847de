import type { Command, Option } from "commander";

/** What the gateway has, by the names of the arguments that take it. */
export type KnownNames = Readonly<Record<string, readonly string[]>>;

/** A command line up to the word that is being typed. */
interface Position {
  readonly command: Command;
  /** How many arguments the command has been given. */
  readonly given: number;
  /** The option whose value is being typed. */
  readonly option?: Option;
}

/**
 * The words that may stand in place of the last of `words`, which may be empty.
 * @returns none where anything may stand, as a file
 */
export function candidates(program: Command, words: readonly string[], names: KnownNames): string[] {
  const typed = words.at(-1) ?? "";
  return offered(locate(program, words.slice(0, -1)), typed, names).filter((word) => word.startsWith(typed));
}

/** Whether an answer needs the gateway, which takes a moment. */
export function wantsNames(program: Command, words: readonly string[], wanted: readonly string[]): boolean {
  return wanted.includes(argumentAt(locate(program, words.slice(0, -1)))?.name() ?? "");
}

function offered(position: Position, typed: string, names: KnownNames): readonly string[] {
  const { command, option } = position;
  if (option !== undefined) return option.argChoices ?? [];
  if (typed.startsWith("-")) return optionsOf(command).flatMap(({ long }) => long ?? []);
  const argument = argumentAt(position);
  if (argument !== undefined) return argument.argChoices ?? names[argument.name()] ?? [];
  if (position.given > 0) return [];
  return command
    .createHelp()
    .visibleCommands(command)
    .map((sub) => sub.name());
}

function argumentAt({
  command,
  given,
  option,
}: Position): Command["registeredArguments"][number] | undefined {
  return option === undefined ? command.registeredArguments[given] : undefined;
}

function locate(program: Command, words: readonly string[]): Position {
  let command = program;
  let given = 0;
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) {
      option = undefined;
    } else if (word.startsWith("-")) {
      const found = optionsOf(command).find(({ long, short }) => word === long || word === short);
      option = found?.required === true ? found : undefined;
    } else {
      const sub = command.commands.find((one) => one.name() === word);
      if (sub === undefined) given += 1;
      command = sub ?? command;
    }
  }
  return { command, given, option };
}

/** Its own and those of the commands above it. */
function optionsOf(command: Command | null): readonly Option[] {
  return command === null ? [] : [...command.options, ...optionsOf(command.parent)];
}
