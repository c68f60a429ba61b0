import type { CliCommand } from "../command.ts";

/** A command as the list of all shows it; the rest of it is loaded when it is asked for. */
export interface Listed {
  /** Use of the command, in a line. */
  summary: string;
  /** Loads it. */
  load: () => Promise<CliCommand>;
}

/** All commands, in the order in which help shows them. */
export const COMMANDS: Readonly<Record<string, Listed>> = {
  "prune": {
    summary: "remove channels until a target is met; what happens without a command's name",
    load: async () => (await import("./prune.ts")).prune,
  },
  "inspect": {
    summary: "say what a model is, what it costs, and what pruning could do",
    load: async () => (await import("./inspect.ts")).inspect,
  },
  "sparsify": {
    summary: "make single weights zero",
    load: async () => (await import("./sparsify.ts")).sparsify,
  },
  "quantize": {
    summary: "round weights to few levels",
    load: async () => (await import("./quantize.ts")).quantize,
  },
  "finetune": {
    summary: "train further on labelled data",
    load: async () => (await import("./finetune.ts")).finetune,
  },
  "compare": {
    summary: "compare outputs, costs and times of two models",
    load: async () => (await import("./compare.ts")).compare,
  },
  "bench": {
    summary: "measure how long a model takes on this machine",
    load: async () => (await import("./bench.ts")).bench,
  },
  "convert": {
    summary: "write a model as another kind of file",
    load: async () => (await import("./convert.ts")).convert,
  },
  "meta-prune": {
    summary: "prune with the help of a trained metanetwork",
    load: async () => (await import("./meta_prune.ts")).metaPrune,
  },
  "notebooks": {
    summary: "run the papers' notebooks, in a clone of the repository",
    load: async () => (await import("./notebooks.ts")).notebooks,
  },
  "completions": {
    summary: "print a script that completes commands and options in bash, zsh or fish",
    load: async () => (await import("./completions.ts")).completions(COMMANDS),
  },
};
