import { TypeError } from "../errors.ts";
import { answerCrossEntropy } from "../distillation/answer_losses.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { backward } from "../onnx/gradients.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Model } from "../onnx/model.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { inFloat32 } from "../onnx/passes/in_float32.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { requireOptions } from "../options.ts";
import type { Runtime, Tensors } from "../runtime/runtime.ts";
import { mean } from "../statistics/describe.ts";
import { stopSignal } from "../stop.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { withLoss } from "../train/with_loss.ts";
import { withRuntime } from "../train/with_runtime.ts";
import type { AnnotatedAnswer } from "./annotated_answer.ts";
import { averageOf, meansOver, moduleOutputs } from "./module_outputs.ts";
import { requireSpans, type SteeringVectors } from "./steering_vectors.ts";

/** How much each linear layer counts for each behaviour: 0 or more. */
export type Importance = Record<string, Record<string, number>>;

/** Settings of {@linkcode attribution}. */
export interface AttributionOptions {
  /** Engine that computes. Default: the best there is, opened for this and closed after it. */
  runtime?: Runtime | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
}

/**
 * How much each linear layer counts for each behaviour, by attribution patching as the code released with
 * "When Reasoning Meets Compression" (2025, `compute_attpatching.py`) computes it: the mean over the
 * behaviour's parts of |u·ḡ|. The text is cut at the part's end; the loss is the mean of −log p over the
 * part's own tokens, so that long parts have smaller gradients; ḡ is its gradient with respect to the layer's
 * output, averaged over the part's tokens. One pass back for each part.
 *
 * @param vectors directions u, from {@linkcode steeringVectors} of the same model
 * @throws {RangeError} where a part lies outside of its answer
 * @throws {TypeError} where a behaviour or a layer has no direction, or an operator no gradient
 */
export async function attribution(
  model: Model,
  answers: readonly AnnotatedAnswer[],
  vectors: SteeringVectors,
  options: AttributionOptions = {},
): Promise<Importance> {
  requireOptions("attribution", options, { runtime: true, signal: true });
  const { runtime, signal: own } = options;
  answers.forEach(requireSpans);
  const signal = stopSignal(own);
  const base = inferShapes(upgradeOpset(inFloat32(model)));
  const g = new GraphBuilder(base.graph, base.info.opsets);
  const modules = moduleOutputs(g);
  const { value, targets } = withLoss(g, answerCrossEntropy());
  const gradients = backward(g, value, modules.map(({ value }) => value));
  const averages = g.input(g.freeName("averages"), "float32", ["groups", "tokens"]);
  const means = modules.map(({ module, value }) =>
    meansOver(g, averages, gradients[value]!, `gradient.${module}`)
  );
  const scores = new Map<string, number[][]>(); // by behaviour, of each part those of all layers
  await withRuntime(runtime, async (engine) => {
    const session = await engine.session(removeDeadCode(base.withGraph(g.graph())));
    try {
      for (const part of partsOf(answers)) {
        signal?.throwIfAborted();
        const found = await session.run(feedsOf(part, averages, targets));
        const own = modules.map(({ module }, at) =>
          Math.abs(product(vectorOf(vectors, part.behaviour, module), floats(found[means[at]!]!)))
        );
        if (!scores.has(part.behaviour)) scores.set(part.behaviour, []);
        scores.get(part.behaviour)!.push(own);
      }
    } finally {
      await session.release();
    }
  });
  return Object.fromEntries(
    [...scores].map(([behaviour, parts]) => [
      behaviour,
      Object.fromEntries(modules.map(({ module }, at) => [module, mean(parts.map((own) => own[at]!))])),
    ]),
  );
}

/** A part of an answer that shows a behaviour. */
interface Part {
  behaviour: string;
  /** Tokens of the whole text. */
  ids: readonly number[];
  start: number;
  end: number;
}

/** The parts of all answers but those that a text begins with: they follow from nothing. */
function partsOf(answers: readonly AnnotatedAnswer[]): Part[] {
  return answers.flatMap(({ ids, spans }) =>
    spans.filter(({ end }) => end >= 2).map(({ behaviour, start, end }) => ({
      behaviour,
      ids,
      start,
      end,
    }))
  );
}

/** Feeds the text up to a part's end, whose own tokens alone count. */
function feedsOf({ ids, start, end }: Part, averages: string, targets: Record<string, string>): Tensors {
  const tokens = Array.from({ length: end - start }, (_, i) => start + i);
  const counts = Array.from({ length: end }, (_, place) => Number(place + 1 >= start && place + 1 < end));
  return {
    input_ids: int64(ids.slice(0, end), [1, end]),
    [targets.tokens!]: int64([...ids.slice(1, end), 0], [1, end]),
    [targets.counts!]: float32(counts, [1, end]),
    [averages]: float32(averageOf(tokens, end), [1, end]),
  };
}

function vectorOf(vectors: SteeringVectors, behaviour: string, module: string): Float64Array {
  const found = vectors[behaviour]?.[module];
  if (found) return found;
  throw new TypeError(
    `Cannot weigh ${module} for ${behaviour}: there is no direction of it; find the directions on answers that ` +
      "show the behaviour, with the same model",
  );
}

function product(a: Float64Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
