import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Error } from "../../errors.ts";
import { guarded } from "../../guard.ts";
import type { CliCommand } from "../command.ts";

/** The repository's tasks, where this file is one of a clone of it. */
const TASKS = new URL("../../../tasks/main.ts", import.meta.url);

/** `notebooks`: the papers' notebooks, in a clone. */
export const notebooks: CliCommand = {
  about:
    "Runs the papers' notebooks on the Deno kernel and writes them, their figures and a gallery to results/, as " +
    "`deno task reproduce` does: it needs a clone of the repository, with the notebooks in it.",
  arguments: { "[names...]": "parts of notebooks' names; default all" },
  options: [
    { flags: "--preset <name>", about: "how much is computed; default quick" },
    { flags: "--status", about: "only say what is there" },
  ],
  examples: { "notebooks --status": "what was computed before", "notebooks tour": "one notebook" },
  async run(names, given, terminal) {
    if (TASKS.protocol !== "file:" || !existsSync(TASKS)) {
      throw new Error(
        "Cannot run notebooks from here: they lie in the repository; clone it, and run `deno task reproduce` in it",
      );
    }
    const flags = [
      ...given["status"] ? ["--status"] : [],
      ...given["preset"] ? ["--preset", `${given["preset"]}`] : [],
    ];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-lock", fileURLToPath(TASKS), "reproduce", ...names, ...flags],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const { code, stdout } = await guarded(child, child.output());
    const text = new TextDecoder().decode(stdout).trimEnd();
    if (code === 0) return { text, data: { text } };
    terminal.err(text);
    throw new Error(`Cannot finish: \`deno task reproduce\` ended with ${code}, for the reasons above`);
  },
};
