import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startLines } from "../line_process.ts";

/** NumPy and PyTorch, in a process of their own. */
export interface Equivalents {
  /** Seconds of the same work; undefined where it did not come back. */
  ask(
    name: string,
    shapes: number[][],
    rounds: number,
  ): Promise<{ numpy: number; torch: number } | undefined>;
  stop(): void;
}

/** Seconds after which work counts as never coming back. */
const TOO_LONG = 300;

/** Starts them with a Python that has both. */
export function startEquivalents(python: string): Equivalents {
  const script = fileURLToPath(new URL("./equivalents.py", import.meta.url));
  const { ask, stop } = startLines(python, [script, `${navigator.hardwareConcurrency}`]);
  return {
    stop,
    async ask(name, shapes, rounds) {
      const answer = await ask(JSON.stringify({ name, shapes, rounds }), TOO_LONG);
      return answer === undefined ? undefined : JSON.parse(answer);
    },
  };
}

const FOLDER = fileURLToPath(new URL("../../../.venv-bench/", import.meta.url));

/** A Python with PyTorch and NumPy, made once beside the code; undefined where that fails, which is said. */
export async function preparePython(): Promise<string | undefined> {
  const python = `${FOLDER}bin/python`;
  const run = async (program: string, args: string[]) =>
    (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output().catch(() =>
      undefined
    ))
      ?.success ?? false;
  if (existsSync(python) && await run(python, ["-c", "import torch, numpy"])) return python;
  console.error("Installing PyTorch and NumPy in .venv-bench, to compare with; --no-torch goes without");
  const made = await run("python3", ["-m", "venv", FOLDER]) &&
    await run(python, ["-m", "pip", "install", "--quiet", "torch==2.13.0", "numpy"]);
  if (made) return python;
  console.error("That failed; going on without. Name a Python that has both with --torch <its python>");
  return undefined;
}
