import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../../kernels/jupyter/setup/problem.ts";
import { readPlace } from "../../lib/experiment/executors/place.ts";
import { PAPERS } from "../../lib/papers/papers.ts";

/** Units to run, where, and where results go. */
export interface ReproduceOptions {
  /** Paths of the notebooks, in order. */
  paths: string[];
  preset: string;
  /** Where units are computed. */
  on: string;
  /** Whether what the store holds is computed again. */
  fresh: boolean;
  /** Folder of the notebooks. */
  notebooks: string;
  /** Folder to write to. */
  results: string;
  /** What to say instead of running anything: what the store holds. */
  instead?: "status";
}

const FLAGS = {
  preset: { type: "string" },
  on: { type: "string" },
  fresh: { type: "boolean" },
  status: { type: "boolean" },
  notebooks: { type: "string" },
  results: { type: "string" },
} as const;

/**
 * Reads what the user typed behind `reproduce`.
 *
 * @throws UserProblem where it cannot be done: no such option, notebook, preset or place
 */
export async function readOptions(args: readonly string[]): Promise<ReproduceOptions> {
  const { values, positionals } = parsed(args);
  const path = (given: string | undefined, otherwise: string) =>
    given === undefined ? join(ROOT, otherwise) : resolve(Deno.env.get("INIT_CWD") ?? "", given);
  const options: ReproduceOptions = {
    paths: [],
    preset: values.preset ?? (Deno.env.get("ESPALIER_PRESET") || "quick"),
    on: values.on ?? (Deno.env.get("ESPALIER_ON") || "here"),
    fresh: values.fresh ?? false,
    notebooks: path(values.notebooks, "notebooks"),
    results: path(values.results, "results"),
    ...values.status ? { instead: "status" } : {},
  };
  if (options.instead) return options;
  try {
    readPlace(options.on);
  } catch (error) {
    throw new UserProblem((error as Error).message);
  }
  options.paths = await chooseNotebooks(options.notebooks, positionals);
  for (const notebook of options.paths) checkPreset(basename(notebook, ".ipynb"), options.preset);
  return options;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    const [what] = (error as Error).message.split(/(?<=[^.])\. /);
    throw new UserProblem(
      `Cannot read the options of reproduce: ${what}; \`reproduce --help\` tells what there is`,
    );
  }
}

/** Notebooks that are none of our papers take any preset: their own code says what it is. */
function checkPreset(name: string, preset: string): void {
  const paper = PAPERS[name];
  if (!paper || Object.hasOwn(paper.presets, preset)) return;
  const others = Object.keys(PAPERS).filter((name) => Object.hasOwn(PAPERS[name]!.presets, preset));
  throw new UserProblem(
    `Cannot run ${name} with the preset "${preset}": it has ${Object.keys(paper.presets).join(", ")}` +
      (others.length > 0
        ? `; name the notebooks that have it: reproduce ${others.join(" ")} --preset ${preset}`
        : ""),
  );
}

/** The notebooks whose file name contains one of the names; all where there are no names. */
async function chooseNotebooks(folder: string, names: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".ipynb")) files.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  files.sort();
  if (!files.length) {
    throw new UserProblem(`Cannot find any notebook in ${folder}; name another folder with --notebooks`);
  }
  for (const name of names) {
    if (files.some((file) => file.includes(name))) continue;
    throw new UserProblem(
      `Cannot find the notebook "${name}": there are ${
        files.map((file) => basename(file, ".ipynb")).join(", ")
      }`,
    );
  }
  const chosen = files.filter((file) => !names.length || names.some((name) => file.includes(name)));
  return chosen.map((file) => join(folder, file));
}

/** How the task is used, with all presets of all papers. */
export function help(): string {
  const papers = Object.entries(PAPERS).flatMap(([name, { title, presets }]) => {
    const width = Math.max(...Object.keys(presets).map(({ length }) => length));
    const lines = Object.entries(presets).map(([preset, { about }]) =>
      `      ${preset.padEnd(width)}  ${about}`
    );
    return ["", `  ${name}  ${title}`, ...lines];
  });
  return `Runs notebooks on the real kernel; writes them, their figures and a gallery to results/.

  deno task reproduce [notebook…] [options]

A notebook is named by a part of its file's name; without a name, all are run.
What was computed before comes from the store, in seconds.

  --preset NAME       how much is computed, default quick; see below
  --on PLACE          where: here (default), ray:http://HEAD:8265, slurm:/SHARED/FOLDER?partition=NAME
  --fresh             computes everything again
  --status            says what the store holds, and what failed
  --notebooks FOLDER  other notebooks than these
  --results FOLDER    writes there instead of results/
  -h, --help          this

Notebooks and their presets:
${papers.join("\n")}`;
}
