import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { guarded } from "../lib/guard.ts";
import { notebookFigures } from "../kernels/jupyter/runner/figures.ts";
import { type Executed, gallery, type RunNote as NotebookNote } from "../kernels/jupyter/runner/gallery.ts";
import { readNotebook, writeNotebook } from "../kernels/jupyter/runner/notebook.ts";
import { type RunEvent, runNotebook } from "../kernels/jupyter/runner/run_notebook.ts";
import { setUpJupyter } from "../kernels/jupyter/setup/environment.ts";
import { fetchPackages } from "../kernels/jupyter/setup/packages.ts";
import { openPart } from "../lib/files/lock.ts";
import { replaceFile } from "../lib/files/replace_files.ts";
import { readRunLog, type RunNote } from "../lib/experiment/run_log.ts";
import { duration } from "../lib/progress.ts";
import { help, readOptions, type ReproduceOptions } from "./reproduce/options.ts";
import { status } from "./reproduce/status.ts";
import { wayOn } from "./reproduce/way_on.ts";

/** How the task is used, with all presets of all papers. */
export const HELP: string = help();

/** No limit for a cell: what a preset takes is for its user to judge, and what is done is kept. */
const WITHOUT_LIMIT = 24 * 24 * 3600;

/** Executes the notebooks and writes them, their figures and the gallery to `results/`. */
export async function task(args: string[]): Promise<number> {
  const options = await readOptions(args);
  if (options.instead) {
    console.log(await status());
    return 0;
  }
  const { paths, results } = options;
  await fetchPackages();
  const places = await setUpJupyter();

  const abort = new AbortController();
  const stop = () => abort.abort();
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") {
    for (const signal of ["SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, stop);
  }
  await Deno.mkdir(join(results, "figures"), { recursive: true });
  const fresh = options.fresh ? new Date().toISOString() : undefined;
  const troubles: string[] = [];
  for (const path of paths) {
    const name = basename(path, ".ipynb");
    console.error(`\n${name}, preset ${options.preset}`);
    try {
      const run = { path, name, kernelspec: places.kernelspec, fresh, signal: abort.signal };
      troubles.push(...await runOne(run, options));
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      console.error(`\nStopped. What was computed is kept: ${wayOn(fresh)}`);
      return 130;
    }
  }
  await writePages(places.program("jupyter"), { paths, results });
  await replaceFile(join(results, "index.html"), gallery(await allExecuted(results)), "gallery");
  sayWhere(options);
  if (troubles.length === 0) return 0;
  console.error(`\n${troubles.join("\n\n")}`);
  return 1;
}

/**
 * Writes the notebooks that were run as pages to read without Jupyter: made again by each run, whatever
 * became of the last one. Formulas need the network.
 */
async function writePages(jupyter: string, { paths, results }: Pick<ReproduceOptions, "paths" | "results">) {
  const notebooks = paths.map((path) => join(results, basename(path))).filter((path) => existsSync(path));
  const child = new Deno.Command(jupyter, {
    args: ["nbconvert", "--to", "html", "--log-level", "ERROR", ...notebooks],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { success, stderr } = await guarded(child, child.output());
  if (!success) {
    console.error(`  no pages to read: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
  }
}

interface OneRun {
  path: string;
  name: string;
  kernelspec: string;
  fresh: string | undefined;
  signal: AbortSignal;
}

/** Runs a notebook and writes what comes of it; gives what went wrong, in words. */
async function runOne(
  { path, name, kernelspec, fresh, signal }: OneRun,
  { preset, on, results }: ReproduceOptions,
): Promise<string[]> {
  // The next writer in the folder removes it, should this process be killed.
  await using log = await openPart(join(results, `${name}.runs`));
  const { notebook, seconds, error } = await runNotebook(await readNotebook(path), {
    kernelspec,
    folder: dirname(path),
    parameters: { preset },
    env: {
      ESPALIER_PRESET: preset,
      ESPALIER_ON: on,
      ESPALIER_RESULTS: results,
      ESPALIER_RUN_LOG: log.path,
      ...fresh !== undefined && { ESPALIER_FRESH: fresh },
    },
    cellLimit: WITHOUT_LIMIT,
    listen: watcher((line) => console.error(line)),
    signal,
  });
  const note: NotebookNote = {
    preset,
    when: new Date().toISOString(),
    seconds,
    deno: Deno.version.deno,
    ...(error && { error: error.message }),
  };
  notebook.metadata.espalier = note;
  await writeNotebook(join(results, `${name}.ipynb`), notebook);
  await writeFigures(join(results, "figures"), { name, notebook });
  const runs = await readRunLog(log.path);
  const said = [`done in ${duration(seconds)}`, ...inWords(runs)].join("; ");
  console.error(`  ${error ? `${name}: ${error.message}` : said}`);
  return [
    ...error ? [`${name} stopped early: ${error.message}`] : [],
    ...runs.flatMap(({ failures }) =>
      failures.map(({ label, stack }) => `${name}: a unit failed, ${label}\n${stack}`)
    ),
  ];
}

/** Counts of units that came from the store, and of those that were computed, in words. */
function inWords(runs: readonly RunNote[]): string[] {
  if (runs.length === 0) return [];
  const sum = (count: (run: RunNote) => number) => runs.reduce((total, run) => total + count(run), 0);
  const [known, computed, failed] = [
    sum(({ fromStore }) => fromStore),
    sum(({ computed }) => computed),
    sum(({ failures }) => failures.length),
  ];
  const oldest = runs.flatMap(({ oldest }) => oldest ?? []).sort()[0];
  return [
    `${computed} units computed`,
    `${known} from the store${known > 0 && oldest ? `, the oldest of ${oldest.slice(0, 10)}` : ""}`,
    ...failed > 0 ? [`${failed} FAILED`] : [],
  ];
}

function sayWhere({ paths, results }: ReproduceOptions): void {
  const at = (path: string) => {
    const short = relative(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
    return short.startsWith("..") ? path : short;
  };
  console.error("");
  for (const path of paths) console.log(`notebook  ${at(join(results, basename(path)))}`);
  console.log(`figures   ${at(join(results, "figures"))}`);
  if (existsSync(join(results, "files"))) console.log(`files     ${at(join(results, "files"))}`);
  console.log(`gallery   ${at(join(results, "index.html"))}`);
}

async function writeFigures(folder: string, { name, notebook }: Executed): Promise<void> {
  // Figures of an earlier run may have had other titles.
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(`${name}-`)) await Deno.remove(join(folder, entry.name));
  }
  for (const { file, svg } of notebookFigures(notebook, name)) {
    await replaceFile(join(folder, file), svg, "figure");
  }
}

async function allExecuted(results: string): Promise<Executed[]> {
  const executed: Executed[] = [];
  for await (const { name } of Deno.readDir(results)) {
    if (!name.endsWith(".ipynb")) continue;
    executed.push({ name: basename(name, ".ipynb"), notebook: await readNotebook(join(results, name)) });
  }
  return executed.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Between two lines of one display that updates, in ms. */
const BETWEEN_LINES = 2000;

/** Turns events into lines: each cell as it begins, what it prints, and its time where that was long. */
function watcher(write: (line: string) => void): (event: RunEvent) => void {
  const say = (text: string) => text.trimEnd().split("\n").forEach((line) => write(`      ${line}`));
  // Displays that update, such as progress bars: when each was last printed, and what it has said since.
  const displays = new Map<string, { at: number; unsaid?: string }>();
  return (event) => {
    if (event.kind === "cell") write(`  cell ${event.index}/${event.count}  ${event.line}`);
    else if (event.kind === "done") {
      for (const { unsaid } of displays.values()) if (unsaid !== undefined) say(unsaid);
      displays.clear();
      if (event.seconds > 2) say(duration(event.seconds));
    } else if (event.display === undefined) say(event.text);
    else {
      const display = displays.get(event.display) ?? { at: -Infinity };
      displays.set(event.display, display);
      if (Date.now() - display.at < BETWEEN_LINES) display.unsaid = event.text;
      else {
        say(event.text);
        display.at = Date.now();
        delete display.unsaid;
      }
    }
  };
}
