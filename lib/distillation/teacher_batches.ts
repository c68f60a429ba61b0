import { COUNT, requireNumbers } from "../bounds.ts";
import type { LanguageModel } from "../lm/language_model.ts";
import { requireOptions } from "../options.ts";
import { float32, Tensor } from "../tensor/tensor.ts";
import { elements, floats } from "../tensor/arrays.ts";
import type { Batch, BatchSource } from "../train/batches.ts";
import { type TopTokens, topTokens } from "./top_tokens.ts";

/** Settings of {@linkcode teacherBatches}. */
export interface TeacherBatchOptions {
  /**
   * Likeliest tokens that are kept of each place, for all epochs: each text is asked for once, and a place
   * takes 12 bytes a token in place of 4 for each of the vocabulary. Default: all logits, anew each time.
   */
  top?: number | undefined;
  /** Temperature by which the teacher's logits are divided, of use with `top` alone. Default 1. */
  temperature?: number | undefined;
}

/**
 * Batches with what a teacher holds likely beside the other targets, computed when a batch is asked for: its
 * logits as `teacher`, [batch, length, vocabulary]. With `top`, for `answerDistillation({ top })`: the
 * likeliest tokens as `teacherTokens`, int64 [batch, length, top], and as `teacher`, float32 [batch, length,
 * top + 1], their probabilities and that of all others together.
 *
 * @throws {RangeError} where `top` is no number of the teacher's tokens, or `temperature` is not above 0;
 * from a batch, where its texts are longer than the teacher's context
 */
export function teacherBatches(
  source: BatchSource,
  teacher: LanguageModel,
  options: TeacherBatchOptions = {},
): BatchSource {
  requireOptions("teacherBatches", options, { top: true, temperature: true });
  const { top, temperature = 1 } = options;
  const width = teacher.options.vocabulary;
  if (top !== undefined) requireNumbers("ask a teacher", { top }, { ...COUNT, to: width - 1 });
  requireNumbers("ask a teacher", { temperature }, { above: 0 });
  const targetsOf = top === undefined ? wholeTargets : topTargets(top, temperature);
  return {
    stepsPerEpoch: source.stepsPerEpoch,
    async batch(epoch, step) {
      const { inputs, targets } = await source.batch(epoch, step);
      return { inputs, targets: { ...targets, ...await targetsOf(teacher, { inputs, targets }) } };
    },
  };
}

/** Tokens of each row of a batch. */
function rowsOf({ inputs }: Batch): number[][] {
  const tokens = elements(inputs.input_ids!, "int64");
  const [rows, length] = inputs.input_ids!.dims as [number, number];
  return Array.from(
    { length: rows },
    (_, row) => Array.from(tokens.subarray(row * length, (row + 1) * length), Number),
  );
}

async function wholeTargets(teacher: LanguageModel, batch: Batch): Promise<Batch["targets"]> {
  const rows = rowsOf(batch);
  const [length, width] = [rows[0]!.length, teacher.options.vocabulary];
  const logits = new Float32Array(rows.length * length * width);
  for (const [row, ids] of rows.entries()) logits.set(await teacher.logits(ids), row * length * width);
  return { teacher: float32(logits, [rows.length, length, width]) };
}

/** Keeps what the teacher said of each text, whatever it was filled up with. */
function topTargets(top: number, temperature: number): typeof wholeTargets {
  const kept = new Map<string, TopTokens[]>();
  return async (teacher, batch) => {
    const rows = rowsOf(batch);
    const length = rows[0]!.length;
    const counts = floats(batch.targets.counts!);
    const width = teacher.options.vocabulary;
    const tokens = new BigInt64Array(rows.length * length * top);
    const probabilities = new Float32Array(rows.length * length * (top + 1));
    for (const [row, ids] of rows.entries()) {
      const text = ids.slice(0, 1 + counts.subarray(row * length, (row + 1) * length).findLastIndex(Boolean));
      const key = text.join();
      if (!kept.has(key)) {
        const logits = text.length === 0 ? new Float32Array() : await teacher.logits(text);
        kept.set(
          key,
          text.map((_, place) =>
            topTokens(logits.subarray(place * width, (place + 1) * width), top, temperature)
          ),
        );
      }
      // Behind the text nothing counts: there all mass is the others'.
      for (let place = text.length; place < length; place++) {
        probabilities[(row * length + place + 1) * (top + 1) - 1] = 1;
      }
      kept.get(key)!.forEach((own, place) => {
        tokens.set(BigInt64Array.from(own.tokens, BigInt), (row * length + place) * top);
        probabilities.set(own.probabilities, (row * length + place) * (top + 1));
      });
    }
    return {
      teacherTokens: new Tensor("int64", tokens, [rows.length, length, top]),
      teacher: float32(probabilities, [rows.length, length, top + 1]),
    };
  };
}
