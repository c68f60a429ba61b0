import { readJsonFile, writeJsonFile } from "../../files/json_file.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import { axSearch, type AxSearched, type AxSearchOptions, type SearchTrace } from "../../transformer/mod.ts";
import { TRACE, TraceError } from "../../transformer/search/trace.ts";
import type { TrainingData } from "../../train/batches.ts";

/** What a search is told beside its rule, and where its trace is kept. */
export interface KeptSearchOptions extends Pick<AxSearchOptions, "rule" | "runtime"> {
  /** File of the trace, from which a search that was stopped goes on. */
  path: string;
  /** Told of each thing that is tried. */
  progress: Progress;
  /** Things that such a search tries, about. */
  steps: number;
}

/** A search that takes minutes or hours: it says how far it is, and goes on where it was stopped. */
export async function keptSearch(
  model: Model,
  validation: TrainingData,
  { path, progress, steps, ...options }: KeptSearchOptions,
): Promise<AxSearched> {
  const search = (resume?: SearchTrace) =>
    axSearch(model, validation, {
      ...options,
      resume,
      async onStep(trace) {
        await writeJsonFile(path, trace, "trace");
        // How many there will be is only known at the end.
        await progress.step(Math.min(trace.steps.length, steps - 1), noteOf(trace));
      },
    });
  const trace = await readJsonFile<SearchTrace>(path, TRACE);
  await progress.start("Searching", steps);
  try {
    return await search(trace);
  } catch (error) {
    // Losses of another processor differ in their last digits, and its trace is no beginning for this one.
    if (!(error instanceof TraceError)) throw error;
    await progress.step(0, "begins anew, as the trace that was kept is another search's");
    return await search();
  } finally {
    await progress.close();
  }
}

function noteOf({ reference, steps }: SearchTrace): string {
  const { action, element, loss } = steps.at(-1)!;
  const found = loss === null ? "too high" : loss.toFixed(3);
  return `${action} ${element}: loss ${found}, ${reference.toFixed(3)} at first`;
}
