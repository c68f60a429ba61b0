import type { LanguageModel } from "../lm/language_model.ts";
import { float32 } from "../tensor/tensor.ts";
import { elements } from "../tensor/arrays.ts";
import type { BatchSource } from "../train/batches.ts";

/**
 * Batches with a teacher's logits beside the other targets: [batch, length, vocabulary], computed when a
 * batch is asked for.
 *
 * @throws {RangeError} from a batch, where its texts are longer than the teacher's context
 */
export function teacherBatches(source: BatchSource, teacher: LanguageModel): BatchSource {
  return {
    stepsPerEpoch: source.stepsPerEpoch,
    async batch(epoch, step) {
      const { inputs, targets } = await source.batch(epoch, step);
      const tokens = elements(inputs.input_ids!, "int64");
      const [rows, length] = inputs.input_ids!.dims as [number, number];
      const width = teacher.options.vocabulary;
      const logits = new Float32Array(rows * length * width);
      for (let row = 0; row < rows; row++) {
        const ids = Array.from(tokens.subarray(row * length, (row + 1) * length), Number);
        logits.set(await teacher.logits(ids), row * length * width);
      }
      return { inputs, targets: { ...targets, teacher: float32(logits, [rows, length, width]) } };
    },
  };
}
