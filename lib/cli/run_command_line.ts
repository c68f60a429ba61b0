import { statIfFound } from "../files/not_found.ts";
import { printable, printableJson } from "../printable.ts";
import { VERSION } from "../version.ts";
import { asTyped } from "./as_typed.ts";
import { type Answer, type CliCommand, type Given, type Terminal, UsageError } from "./command.ts";
import { COMMON_OPTIONS, underLimits } from "./common_options.ts";
import { COMMANDS } from "./commands/table.ts";
import { Command, CommanderError } from "./deps.ts";

/** What is meant where no command is named. */
const DEFAULT = "prune";

/** Columns of help, which is read as a page. */
const WIDTH = 100;

/**
 * Does what was typed: the whole program but for reading its arguments and leaving.
 *
 * @returns 0 where it was done, 1 where it cannot be done, 2 where it cannot be meant
 */
export async function runCommandLine(args: readonly string[], { out, err }: Terminal): Promise<number> {
  // Names of strangers' files are in what is told.
  const terminal: Terminal = { out: (line) => out(printable(line)), err: (line) => err(printable(line)) };
  try {
    const given = args.length === 0 ? ["--help"] : await commandFirst(args);
    const [first] = given as [string];
    const asked = first === "help" ? given[1] ?? "" : first;
    if (first === "help") refuseUnknownPage(asked);
    const named = Object.hasOwn(COMMANDS, first) || OF_ALL.includes(first);
    if (!named) refuseUnknown(first);
    const program = await programFor(named ? asked : DEFAULT, terminal);
    await program.parseAsync(named ? given : [DEFAULT, ...given], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.err(inWords(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

/** What is asked of the program, rather than of a command. */
const OF_ALL = ["--help", "-h", "help", "--version", "-V"];

/**
 * The arguments with the command in front where flags were typed before it. A word behind an option with
 * a value is the value, and no command.
 */
async function commandFirst(args: readonly string[]): Promise<string[]> {
  const isValue = async (i: number) => {
    const flag = args[i - 1]!;
    if (!flag.startsWith("-") || flag.includes("=")) return false;
    const { options } = await COMMANDS[args[i]! as keyof typeof COMMANDS]!.load();
    return [...options, ...COMMON_OPTIONS].some(({ flags }) => flags.startsWith(`${flag} <`));
  };
  const at = args.findIndex((word) => Object.hasOwn(COMMANDS, word));
  // Two words in a row that are no flags: a file or another command came first.
  const flagged = args.slice(0, Math.max(at, 0)).every((word, i) =>
    word.startsWith("-") || args[i - 1]?.startsWith("-")
  );
  if (at < 1 || !flagged || await isValue(at)) return [...args];
  return [args[at]!, ...args.slice(0, at), ...args.slice(at + 1)];
}

/** Refuses help on what is no command. */
function refuseUnknownPage(word: string): void {
  if (word === "" || word.startsWith("-") || word === "help" || Object.hasOwn(COMMANDS, word)) return;
  throw new UsageError(`Cannot help with "${word}": the commands are ${Object.keys(COMMANDS).join(", ")}`);
}

/** Refuses a word that is neither a command nor a file: a mistyped command, rather than a model's name. */
function refuseUnknown(word: string): void {
  if (!/^[a-z-]+$/.test(word) || word.startsWith("-") || statIfFound(word)) return;
  throw new UsageError(
    `Cannot do "${word}": it is no file, and the commands are ${Object.keys(COMMANDS).join(", ")}`,
  );
}

/** The program with the page of one command; of the others it knows what they are for. */
async function programFor(asked: string, terminal: Terminal): Promise<Command> {
  const program = new Command("espalier")
    .description("Prunes neural networks: ONNX in, a smaller ONNX out.")
    .usage("[command] <in> [out] [options]")
    .version(VERSION, "-V, --version", "say the version")
    .helpOption("-h, --help", "say this")
    .helpCommand("help [command]", "say what a command takes")
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ helpWidth: WIDTH, subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text, write) => write(asInstruction(text)),
    })
    .addHelpText("after", HELP_AFTER);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).summary(summary).helpOption("-h, --help", "say this");
    if (name === asked) describeCommand(command, await load(), terminal);
  }
  return program;
}

const HELP_AFTER = `
Examples:
  espalier model.onnx half.onnx --macs 0.5
  espalier inspect model.onnx
  espalier compare model.onnx half.onnx

Each command has a page: espalier help prune.
Every command takes --json and --limit. The program ends with 0 where it was done, 1 where it cannot be done, and 2
where what was typed cannot be meant.`;

function describeCommand(command: Command, described: CliCommand, terminal: Terminal): void {
  command.description(described.about);
  for (const [name, about] of Object.entries(described.arguments)) command.argument(name, about);
  for (const { flags, about, many } of [...described.options, ...COMMON_OPTIONS]) {
    if (many) command.option(flags, `${about}; may be given again`, collect);
    else command.option(flags, about);
  }
  const examples = Object.entries(described.examples).flatMap((
    [line, what],
  ) => [`  # ${what}`, `  espalier ${line}`]);
  command.addHelpText("after", ["", "Examples:", ...examples].join("\n"));
  command.action(async () => {
    const { json, ...given } = command.opts<Given & { json?: true }>();
    const answer = await underLimits(given, () => described.run(command.args, given, terminal));
    terminal.out(json ? asJson(answer) : answer.text);
  });
}

/** One more text of an option that may be given again. */
const collect = (text: string, all: readonly string[] = []): readonly string[] => [...all, text];

/** Data as JSON: typed arrays as lists, numbers that JSON lacks as null. */
function asJson({ data }: Answer): string {
  return printableJson(JSON.stringify(
    data,
    (_, value) => ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<unknown>) : value,
    2,
  ));
}

/** What the library that reads the arguments says, as our errors are: what is wrong, and the way out. */
function asInstruction(text: string): string {
  return `${
    text.replace(/^error: /, "Cannot read what was typed: ").trimEnd().replace(/\.$/, "")
  }; \`espalier --help\` says what there is`;
}

/** Messages of the language itself: faults of ours, of which the place is worth more than the sentence. */
const FAULT =
  /^(Cannot read propert|Cannot access '|Cannot destructure|.* is not (a function|iterable|defined)|.* is undefined)/;

/** Tells an error as the library says it, without a stack. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return `Cannot go on: ${String(error)}`;
  return FAULT.test(error.message)
    ? `This is a fault of Espalier's, please report it: ${error.stack}`
    : asTyped(error.message);
}
