import { basename, dirname } from "node:path";
import { Error } from "../../../lib/errors.ts";
import { readKernelspec } from "../kernelspec.ts";
import { startKernel } from "./kernel.ts";
import { type Cell, firstLine, joined, type Notebook } from "./notebook.ts";
import { applyMessage, type Displays } from "./outputs.ts";
import { injectParameters, type Parameters } from "./parameters.ts";
import type { Message } from "../protocol/wire.ts";

/** Events while a notebook runs. */
export type RunEvent =
  | { kind: "cell"; index: number; count: number; line: string }
  | { kind: "text"; index: number; text: string; display?: string }
  | { kind: "done"; index: number; seconds: number };

/** Settings of {@linkcode runNotebook}. */
export interface RunNotebookOptions {
  /** Path of the `kernel.json` to start. */
  kernelspec: string;
  /** The notebook's own folder, where its relative imports begin. */
  folder: string;
  /** Values for the cell tagged `parameters`. */
  parameters?: Parameters | undefined;
  /** More environment variables for the kernel. */
  env?: Record<string, string> | undefined;
  /** Longest time for one cell, in seconds. Default: an hour. */
  cellLimit?: number | undefined;
  /** Longest time for the notebook, in seconds. Default: no limit. */
  notebookLimit?: number | undefined;
  /** Is told what happens while the notebook runs. */
  listen?: ((event: RunEvent) => void) | undefined;
  /** Stops the run. */
  signal?: AbortSignal | undefined;
}

/** A notebook after its run. Where it stopped early, `error` says which cell and why. */
export interface Run {
  /** The notebook with the outputs of the cells that ran. */
  notebook: Notebook;
  /** Seconds from the first cell to the last, without starting the kernel. */
  seconds: number;
  /** The error of the cell that stopped the run. */
  error?: CellError;
}

/** A cell that failed. `cell` counts the code cells from 1, as the execution counts do. */
class CellError extends Error {
  override name = "CellError";
  readonly cell: number;

  constructor(cell: number, source: Cell, what: string) {
    super(`Cell ${cell} (\`${firstLine(source)}\`) ${what}`);
    this.cell = cell;
  }
}

const HOUR = 3600;
const MONTH = 24 * 24 * HOUR; // timers of more than 2^31 ms fire at once

/**
 * Executes a notebook's code cells in order on a kernel of its own, and returns it with the outputs; the
 * given notebook stays as it was. A cell with the tag `raises-exception` may fail; after any other failure
 * the rest is not run.
 */
export async function runNotebook(notebook: Notebook, options: RunNotebookOptions): Promise<Run> {
  const { kernelspec, folder, parameters = {}, env = {}, signal, listen = () => {} } = options;
  const { cellLimit = HOUR, notebookLimit = Infinity } = options;
  signal?.throwIfAborted();
  const fresh = structuredClone(injectParameters(notebook, parameters));
  const cells = fresh.cells.filter((cell) => cell.cell_type === "code");
  for (const cell of cells) Object.assign(cell, { outputs: [], execution_count: null });

  fresh.metadata.kernelspec = await kernelspecNote(kernelspec);
  const kernel = await startKernel(kernelspec, { folder, env });
  const abort = () => void kernel.stop();
  signal?.addEventListener("abort", abort);
  const displays: Displays = { byId: new Map(), clearing: new Set() };
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const count = cells.length;
  let error: CellError | undefined;
  let seconds = 0;
  try {
    for (const [i, cell] of cells.entries()) {
      const [index, begun] = [i + 1, elapsed()];
      if (!joined(cell.source).trim()) continue;
      listen({ kind: "cell", index, count, line: firstLine(cell) });
      const hear = (message: Message) => {
        if (message.type === "execute_input") cell.execution_count = Number(message.content.execution_count);
        applyMessage(cell.outputs!, message, displays);
        const said = spoken(message);
        if (said) listen({ kind: "text", index, ...said });
      };
      const rest = notebookLimit - begun;
      const tooLong = cellLimit <= rest
        ? `ran longer than the ${cellLimit} s that one cell may take`
        : `was running when the notebook's ${notebookLimit} s were over`;
      const timer = Promise.withResolvers<"late">();
      const clock = setTimeout(timer.resolve, Math.min(cellLimit, rest, MONTH) * 1000, "late");
      try {
        const reply = await Promise.race([kernel.execute(joined(cell.source), hear), timer.promise]);
        if (reply === "late") error = new CellError(index, cell, tooLong);
        else if (reply.content.status !== "ok" && !cell.metadata.tags?.includes("raises-exception")) {
          error = new CellError(index, cell, `failed: ${reply.content.ename}: ${reply.content.evalue}`);
        }
      } catch (cause) {
        signal?.throwIfAborted();
        error = new CellError(index, cell, `could not finish: ${(cause as Error).message}`);
      } finally {
        clearTimeout(clock);
      }
      listen({ kind: "done", index, seconds: elapsed() - begun });
      if (error) break;
    }
    seconds = elapsed();
  } finally {
    signal?.removeEventListener("abort", abort);
    await kernel.stop();
  }
  return { notebook: fresh, seconds, ...(error && { error }) };
}

/** A notebook's metadata about its kernel, so that editors find it. */
async function kernelspecNote(path: string): Promise<Record<string, string>> {
  const { display_name, language } = await readKernelspec(path);
  return { display_name, language, name: basename(dirname(path)) };
}

/** The text in a message that a watcher wants to read while the notebook runs. */
function spoken({ type, content }: Message): { text: string; display?: string } | undefined {
  if (type === "stream") return { text: String(content.text) };
  if (type !== "display_data" && type !== "update_display_data") return undefined;
  const text = (content.data as Record<string, unknown> | undefined)?.["text/plain"];
  const display = (content.transient as { display_id?: string } | undefined)?.display_id;
  if (typeof text !== "string" || display === undefined) return undefined; // figures and tables: not while it runs
  return { text, display };
}
