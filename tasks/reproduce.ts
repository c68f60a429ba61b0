import { basename, join, relative, resolve } from "node:path";
import { notebookFigures } from "../kernels/jupyter/runner/figures.ts";
import { type Executed, gallery, type RunNote } from "../kernels/jupyter/runner/gallery.ts";
import { readNotebook, writeNotebook } from "../kernels/jupyter/runner/notebook.ts";
import { type RunEvent, runNotebook } from "../kernels/jupyter/runner/run_notebook.ts";
import { setUpJupyter } from "../kernels/jupyter/setup/environment.ts";
import { fetchPackages } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../kernels/jupyter/setup/problem.ts";
import { duration } from "../lib/progress.ts";

const PRESETS = ["quick", "laptop", "paper"];

/** What to run, and where results go. */
export interface ReproduceOptions {
  names: string[];
  preset: string;
  /** Folder of the notebooks. */
  notebooks: string;
  /** Folder to write to. */
  results: string;
}

/** Executes the notebooks and writes them, their figures and the gallery to `results/`. */
export async function task(args: string[]): Promise<number> {
  const options = readArguments(args);
  const paths = await chooseNotebooks(options.notebooks, options.names);
  const places = await setUpJupyter();
  await fetchPackages();

  const abort = new AbortController();
  const stop = () => abort.abort();
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  const figures = join(options.results, "figures");
  await Deno.mkdir(figures, { recursive: true });
  let failed = 0;
  for (const path of paths) {
    const name = basename(path, ".ipynb");
    console.error(`\n${name}, preset ${options.preset}`);
    try {
      const { notebook, seconds, error } = await runNotebook(await readNotebook(path), {
        kernelspec: places.kernelspec,
        folder: options.notebooks,
        parameters: { preset: options.preset },
        env: { ESPALIER_PRESET: options.preset },
        listen: watcher((line) => console.error(line)),
        signal: abort.signal,
      });
      const note: RunNote = {
        preset: options.preset,
        when: new Date().toISOString(),
        seconds,
        deno: Deno.version.deno,
        ...(error && { error: error.message }),
      };
      notebook.metadata.espalier = note;
      await writeNotebook(join(options.results, `${name}.ipynb`), notebook);
      await writeFigures(figures, { name, notebook });
      if (error) {
        failed++;
        console.error(`  ${name}: ${error.message}`);
      } else console.error(`  done in ${duration(seconds)}`);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      console.error("\nStopped. What was finished is in results/; run the same command to begin again");
      return 130;
    }
  }
  await Deno.writeTextFile(join(options.results, "index.html"), gallery(await allExecuted(options.results)));
  console.error("");
  const at = (path: string) => {
    const short = relative(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
    return short.startsWith("..") ? path : short;
  };
  for (const path of paths) console.log(`notebook  ${at(join(options.results, basename(path)))}`);
  console.log(`figures   ${at(figures)}`);
  console.log(`gallery   ${at(join(options.results, "index.html"))}`);
  if (failed) {
    console.error(`${failed} of ${paths.length} notebooks stopped early; the messages above say where`);
  }
  return failed ? 1 : 0;
}

/** Reads `[name…] [--preset quick|laptop|paper] [--notebooks folder] [--results folder]`. */
export function readArguments(args: readonly string[]): ReproduceOptions {
  const options: ReproduceOptions = {
    names: [],
    preset: Deno.env.get("ESPALIER_PRESET") ?? "quick",
    notebooks: join(ROOT, "notebooks"),
    results: join(ROOT, "results"),
  };
  const path = (given = "") => resolve(Deno.env.get("INIT_CWD") ?? "", given);
  const rest = args.flatMap((arg) => arg.startsWith("--") ? arg.split(/=(.*)/s, 2) : [arg]);
  while (rest.length) {
    const arg = rest.shift()!;
    if (!arg.startsWith("-")) options.names.push(arg);
    else if (arg === "--preset") options.preset = rest.shift() ?? "";
    else if (arg === "--notebooks") options.notebooks = path(rest.shift());
    else if (arg === "--results") options.results = path(rest.shift());
    else {
      throw new UserProblem(
        `Cannot read ${arg}: the task is \`reproduce [name…] [--preset ${PRESETS.join("|")}]\``,
      );
    }
  }
  if (!PRESETS.includes(options.preset)) {
    throw new UserProblem(
      `Cannot use the preset "${options.preset}": it must be one of ${PRESETS.join(", ")}`,
    );
  }
  return options;
}

/** The notebooks whose file name contains one of the names; all where there are no names. */
export async function chooseNotebooks(folder: string, names: readonly string[]): Promise<string[]> {
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

async function writeFigures(folder: string, { name, notebook }: Executed): Promise<void> {
  // Figures of an earlier run may have had other titles.
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(`${name}-`)) await Deno.remove(join(folder, entry.name));
  }
  for (const { file, svg } of notebookFigures(notebook, name)) {
    await Deno.writeTextFile(join(folder, file), svg);
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
