/**
 * The door to every task: `deno task reproduce` is `deno run tasks/main.ts reproduce`.
 *
 * It loads nothing that an old Deno could trip over before it has said that it is too old.
 */
import { resolve } from "node:path";
import { requireDeno } from "../kernels/jupyter/setup/deno_version.ts";
import { UserProblem } from "../kernels/jupyter/setup/problem.ts";

/** A task, an export of each file of this folder, beside its page of help. Resolves to the exit code. */
export type Task = (args: string[]) => Promise<number>;

/** The tasks that there are, each in the file of its name. */
const TASKS: readonly string[] = "audit bench bench_gpu cells data fuzz lab ok page reproduce test zoo".split(
  " ",
);

/** The folder where the user is; `deno task` itself runs in the repository's. */
const here = Deno.env.get("INIT_CWD") ?? Deno.cwd();
const data = Deno.env.get("ESPALIER_DATA");
// Notebooks run in a folder of their own, where a relative path would mean another one.
if (data) Deno.env.set("ESPALIER_DATA", resolve(here, data));

const [name, ...args] = Deno.args;
try {
  requireDeno();
  if (!TASKS.includes(name ?? "")) {
    throw new UserProblem(
      `Cannot run ${name === undefined ? "a task without its name" : `task "${name}"`}: ` +
        `expected ${TASKS.slice(0, -1).join(", ")} or ${TASKS.at(-1)}`,
    );
  }
  const { task, HELP } = await import(new URL(`./${name}.ts`, import.meta.url).href) as {
    task: Task;
    HELP: string;
  };
  if (args.includes("--help") || args.includes("-h")) {
    console.log(HELP);
    Deno.exit(0);
  }
  Deno.exit(await task(args));
} catch (error) {
  if (!(error instanceof UserProblem)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
