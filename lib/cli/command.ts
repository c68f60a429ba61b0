import { Error } from "../errors.ts";

/** Where a command line writes: its answer, and what it says while it works. */
export interface Terminal {
  /** Writes a line of the answer, to stdout. */
  out(line: string): void;
  /** Writes a line that is no answer, to stderr: progress and errors. */
  err(line: string): void;
}

/** What was typed behind options, by name: text, `true` for switches, a list where many are allowed. */
export type Given = Readonly<Record<string, string | true | readonly string[] | undefined>>;

/** What a command found, twice: for people, and for programs with `--json`. */
export interface Answer {
  /** Lines of text, as tables. */
  text: string;
  /** Plain data that `JSON.stringify` takes. */
  data: unknown;
}

/** An option of a command. */
export interface CliOption {
  /** As it is typed: `--macs <part>`, or `--fresh` for a switch. */
  flags: string;
  /** Use of the option, its default with it. */
  about: string;
  /** Whether it may be given more than once. */
  many?: boolean;
}

/** One command of the command line: data for its page of help, and what it does. */
export interface CliCommand {
  /** Use of the command, in sentences: the head of its page. */
  about: string;
  /** Arguments in order, as they are shown (`<in>`, `[out]`), and what each is. */
  arguments: Readonly<Record<string, string>>;
  /** Options, in the order of the page. */
  options: readonly CliOption[];
  /** Lines to try, without the program's name, and what each does. */
  examples: Readonly<Record<string, string>>;
  /** Does it. Errors are the library's; {@linkcode UsageError} is for what cannot be meant. */
  run(args: readonly string[], given: Given, terminal: Terminal): Promise<Answer>;
}

/** What was typed cannot be meant: told in one sentence, and the program ends with 2. */
export class UsageError extends Error {
  /** Name by which programs tell it apart. */
  override readonly name = "UsageError";
}

/** What the library says of what was typed; what it refuses there cannot be meant. */
export function meant<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
