import { type CliCommand, UsageError } from "../command.ts";
import { COMMON_OPTIONS } from "../common_options.ts";
import type { Listed } from "./table.ts";

/** How each shell is told which words may follow which command. */
const SHELLS: Readonly<Record<string, (words: ReadonlyMap<string, readonly string[]>) => string[]>> = {
  bash: (words) => [
    "_espalier() {",
    '  local words; case "${COMP_WORDS[1]}" in',
    ...[...words].map(([name, options]) => `    ${name || "*"}) words="${options.join(" ")}" ;;`),
    "  esac",
    `  [ "$COMP_CWORD" -eq 1 ] && words="${[...words.keys()].join(" ")}"`,
    '  COMPREPLY=($(compgen -f -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o filenames -F _espalier espalier",
  ],
  zsh: (words) => ["autoload -U +X bashcompinit && bashcompinit", ...SHELLS["bash"]!(words)],
  fish: (words) => [
    `complete -c espalier -n __fish_use_subcommand -a "${[...words.keys()].filter(Boolean).join(" ")}"`,
    ...[...words].filter(([name]) => name).map(([name, options]) =>
      `complete -c espalier -n "__fish_seen_subcommand_from ${name}" -a "${options.join(" ")}"`
    ),
  ],
};

/** `completions`: a shell completes what is typed, of these commands. */
export const completions = (commands: Readonly<Record<string, Listed>>): CliCommand => ({
  about:
    "Prints a script for a shell. Put `source <(espalier completions bash)` into ~/.bashrc, the same with zsh " +
    "into ~/.zshrc, or the output into ~/.config/fish/completions/espalier.fish.",
  arguments: { "<shell>": "bash, zsh or fish" },
  options: [],
  examples: { "completions bash": "the script for bash" },
  async run([shell]) {
    if (!Object.hasOwn(SHELLS, shell!)) {
      throw new UsageError(`Cannot complete in ${shell}: expected ${Object.keys(SHELLS).join(", ")}`);
    }
    const words = new Map<string, string[]>();
    for (const [name, { load }] of Object.entries(commands)) {
      const { options } = await load();
      words.set(name, [
        ...[...options, ...COMMON_OPTIONS].map(({ flags }) => flags.split(" ")[0]!),
        "--help",
      ]);
    }
    words.set("", words.get("prune")!);
    const text = SHELLS[shell!]!(words).join("\n");
    return { text, data: { shell, script: text } };
  },
});
