import type { OptionNames } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { Runtime, Tensors } from "../runtime/runtime.ts";
import { withRuntime } from "../train/with_runtime.ts";
import { textBatches } from "./batches.ts";
import type { EncodedText } from "./tokenizer.ts";
import { stopSignal } from "../stop.ts";

/** How texts are run through a model. */
export interface RunTextsOptions {
  /** Texts of a batch. Default 32, or as many as the model takes, where it takes no other number. */
  batchSize?: number | undefined;
  /** The engine that computes. Default: the best one there is, opened for this and closed after it. */
  runtime?: Runtime | undefined;
  /** Ends the run after the batch at hand, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode RunTextsOptions}. */
export const RUN_TEXTS_OPTIONS: OptionNames<RunTextsOptions> = {
  batchSize: true,
  runtime: true,
  signal: true,
};

/**
 * Runs texts of like lengths together, and hands on what the model says of each batch, with the places of its
 * texts in the list.
 *
 * @param padding the number that fills shorter texts up
 */
export async function runTexts(
  model: Model,
  { texts, padding }: { texts: readonly EncodedText[]; padding: number },
  each: (outputs: Tensors, rows: Uint32Array) => void,
  { batchSize, runtime, signal: own }: RunTextsOptions = {},
): Promise<void> {
  const signal = stopSignal(own);
  const batches = textBatches(model, { texts }, { batchSize, padding });
  await withRuntime(runtime, async (engine) => {
    const session = await engine.session(model);
    try {
      for (let step = 0; step < batches.stepsPerEpoch; step++) {
        signal?.throwIfAborted();
        const { inputs } = await batches.batch(0, step);
        each(await session.run(inputs), batches.rows(0, step));
      }
    } finally {
      await session.release();
    }
  });
}
