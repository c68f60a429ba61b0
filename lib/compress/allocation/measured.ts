import { RangeError } from "../../errors.ts";
import { GraphEditor } from "../../onnx/graph_editor.ts";
import type { Model } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import { klDivergence } from "../../statistics/logits.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import type { Calibration } from "../calibration.ts";
import { tensorIn } from "../calibrate/stream.ts";

/** Measures how far a model is from itself with some of its weights replaced. */
export interface Distance {
  /** The mean divergence over all records, in nats. */
  distance(replaced: Tensors): Promise<number>;
  /** Bytes of a record's answer, of those seen so far the largest. */
  answerBytes(): number;
  /** Frees it. */
  close(): Promise<void>;
}

/** Bytes of answers that are kept: with 49 152 logits a token, of 5 000 tokens. */
const MOST_KEPT = 2 ** 30;

/** How many of so many records' answers are kept; those of the others are computed for each matrix anew. */
export function keptAnswers(records: number, answerBytes: number, most = MOST_KEPT): number {
  return answerBytes > 0 ? Math.min(records, Math.floor(most / answerBytes)) : records;
}

/**
 * Opens a model whose named weights can be replaced, and measures how far its first output then is from what
 * it was: the mean Kullback–Leibler divergence of the distributions that its last axis holds as logits, in
 * nats.
 *
 * @param most bytes of answers that are kept; beyond, they are computed again each time, to the same numbers
 * @throws {RangeError} by `distance`, where that output is no rows of two logits or more: the distribution of
 * one is always the same
 */
export async function openDistance(
  model: Model,
  names: readonly string[],
  records: Calibration,
  { runtime, signal, most = MOST_KEPT }: {
    runtime: Runtime;
    signal: AbortSignal | undefined;
    most?: number | undefined;
  },
): Promise<Distance> {
  const { graph, info } = model;
  const editor = new GraphEditor(graph, { ...info.opsets });
  const own: Tensors = {};
  for (const name of names) {
    own[name] = graph.initializers.get(name) as Tensor;
    editor.toInput(name);
  }
  const fed = fedInputs(editor.graph()).filter((name) => !Object.hasOwn(own, name));
  const session = await runtime.session(editor.model());
  const output = graph.outputs[0]!;
  let [width, largestAnswer] = [1, 0];
  async function answer(record: number, weights: Tensors): Promise<Float32Array> {
    signal?.throwIfAborted();
    const feeds = Object.fromEntries(
      fed.map((name) => [name, tensorIn(records[record]!, name, record, " of what answers are compared on")]),
    );
    const found = (await session.run({ ...feeds, ...weights }))[output]!;
    const data = arrayOf(found);
    requireLogits(output, found.dims);
    width = found.dims.at(-1)!;
    largestAnswer = Math.max(largestAnswer, data.byteLength);
    return data;
  }
  const kept = new Map<number, Float32Array>();
  async function answerBefore(record: number): Promise<Float32Array> {
    const found = kept.get(record) ?? await answer(record, own);
    if (kept.size < keptAnswers(records.length, largestAnswer, most)) kept.set(record, found);
    return found;
  }
  return {
    answerBytes: () => largestAnswer,
    close: () => session.release(),
    async distance(replaced) {
      let [sum, rows] = [0, 0];
      for (const record of records.keys()) {
        const p = await answerBefore(record);
        const q = await answer(record, { ...own, ...replaced });
        for (let at = 0; at < q.length; at += width, rows++) {
          sum += klDivergence(p.subarray(at, at + width), q.subarray(at, at + width));
        }
      }
      return sum / rows;
    },
  };
}

function requireLogits(output: string, dims: readonly number[]): void {
  if (dims.length >= 2 && dims.at(-1)! >= 2) return;
  throw new RangeError(
    `Cannot compare answers by "${output}" of shape [${
      dims.join(", ")
    }]: expected rows of logits, [..., classes] ` +
      "with two classes or more; put such an output first, or do without what compares answers",
  );
}
