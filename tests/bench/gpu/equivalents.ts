import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startLines } from "../line_process.ts";
import { digits } from "../section.ts";
import type { Spent } from "../turns.ts";

/** What the same work takes in each. */
export interface Others {
  numpy: Spent;
  torch: Spent;
}

/** NumPy and PyTorch, in a process of their own. */
export interface Equivalents {
  /** What the same work takes; undefined where it did not come back. */
  ask(name: string, shapes: number[][], rounds: number): Promise<Others | undefined>;
  stop(): void;
}

/** Heads of the columns in which a twin stands beside its likes; `rate` is the unit of what it gets done. */
export const besideHead = (rate: string): string[] => [
  "ms",
  "processor ms",
  rate,
  "NumPy, ms",
  "processor ms",
  "PyTorch, ms",
  "processor ms",
  "faster one / twin",
];

/** A twin beside its likes; `done` is what it gets done, in billions. */
export function besideCells(twin: Spent, done: number, others: Others | undefined): string[] {
  const ms = (spent: Spent | undefined) =>
    [spent?.seconds, spent?.processor].map((seconds) =>
      digits(seconds === undefined ? undefined : 1000 * seconds, 1)
    );
  const fastest = others && Math.min(others.numpy.seconds, others.torch.seconds);
  return [
    ...ms(twin),
    digits(done / twin.seconds, 2),
    ...ms(others?.numpy),
    ...ms(others?.torch),
    digits(fastest && fastest / twin.seconds, 2),
  ];
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
