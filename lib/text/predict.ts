import type { Model } from "../onnx/model.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { withRuntime } from "../train/with_runtime.ts";
import { encodeTexts, textBatches } from "./batches.ts";
import type { TextExample } from "./text_set.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** Settings of {@linkcode predictTexts}. */
export interface PredictTextsOptions {
  /** Texts of a batch. Default 32. */
  batchSize?: number;
  /** Tokens that longer texts are cut to. Default 128, or fewer where the model has fewer positions. */
  maxLength?: number;
  /** The engine that computes. Default: the best one there is, opened for this and closed after it. */
  runtime?: Runtime;
  /** Ends the run after the batch at hand, with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * What a model says of texts, in their order: its first output, [texts, classes] of a classifier. Texts of
 * like lengths are run together.
 *
 * @throws {TypeError} where the tokenizer does not fit the model, or the output is not one row per text
 */
export async function predictTexts(
  model: Model,
  tokenizer: TextTokenizer,
  examples: readonly Pick<TextExample, "text" | "pair">[],
  { batchSize = 32, maxLength, runtime, signal }: PredictTextsOptions = {},
): Promise<Tensor> {
  const texts = encodeTexts(model, tokenizer, examples, maxLength);
  const batches = textBatches(model, { texts }, { batchSize, padding: tokenizer.padding });
  const [name] = model.graph.outputs;
  return await withRuntime(runtime, async (engine) => {
    const session = await engine.session(model);
    let answers = new Float32Array();
    let width = 0;
    try {
      for (let step = 0; step < batches.stepsPerEpoch; step++) {
        signal?.throwIfAborted();
        const rows = batches.rows(0, step);
        const { data, dims } = (await session.run((await batches.batch(0, step)).inputs))[name!]!;
        if (dims.length !== 2 || dims[0] !== rows.length) {
          throw new TypeError(
            `Cannot predict with this model: its first output "${name}" has the shape [${
              dims.join(", ")
            }]; expected ` +
              `[texts, classes]`,
          );
        }
        if (step === 0) {
          width = dims[1]!;
          answers = new Float32Array(texts.length * width);
        }
        rows.forEach((row, i) => {
          answers.set((data as Float32Array).subarray(i * width, (i + 1) * width), row * width);
        });
      }
    } finally {
      await session.release();
    }
    return float32(answers, [texts.length, width]);
  });
}
