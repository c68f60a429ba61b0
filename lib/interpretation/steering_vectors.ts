import { requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Model } from "../onnx/model.ts";
import { inFloat32 } from "../onnx/passes/in_float32.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { requireOptions } from "../options.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { stopSignal } from "../stop.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { withRuntime } from "../train/with_runtime.ts";
import type { AnnotatedAnswer, BehaviourSpan } from "./annotated_answer.ts";
import { averageOf, meansOver, moduleOutputs } from "./module_outputs.ts";

/** A direction for each behaviour, in what each linear layer gives. */
export type SteeringVectors = Record<string, Record<string, Float64Array>>;

/** Settings of {@linkcode steeringVectors}. */
export interface SteeringOptions {
  /** Tokens before an annotated part that belong to it. Default 5. */
  lead?: number | undefined;
  /** Engine that computes. Default: the best there is, opened for this and closed after it. */
  runtime?: Runtime | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
}

/**
 * The direction of each behaviour in the output of each linear layer, as the code released with "When
 * Reasoning Meets Compression" (2025, `compute_u.py`) means to compute it: u = (D₊ − D₋)·‖ā‖ / ‖D₊ − D₋‖.
 * D₊ is the mean, over the answers that show the behaviour, of the layer's mean output over all its parts
 * there, each with the `lead` tokens before it; D₋ the mean over all answers of the mean output over all
 * tokens; ā the mean output over all tokens of all answers, so that only the direction of the difference
 * counts.
 *
 * Two faults of that code are not here. There the sums of all behaviours are one tensor, added to in place by
 * each, so that their directions hardly differ: here each has its own. And there a part that begins within
 * the first `lead` tokens goes on at the text's other end: here it begins with the text.
 *
 * @returns the directions, by behaviour and layer (`model.layers.3.mlp.up_proj`)
 * @throws {TypeError} where the model has no such layers
 * @throws {RangeError} where there is no answer, `lead` is no number of tokens, or a part lies outside of its
 * answer
 */
export async function steeringVectors(
  model: Model,
  answers: readonly AnnotatedAnswer[],
  options: SteeringOptions = {},
): Promise<SteeringVectors> {
  requireOptions("steeringVectors", options, { lead: true, runtime: true, signal: true });
  const { lead = 5, runtime, signal: own } = options;
  requireNumbers("find directions", { lead }, { whole: true, from: 0 });
  if (answers.length === 0) throw new RangeError("Cannot find directions in no answers: give at least one");
  answers.forEach(requireSpans);
  const signal = stopSignal(own);
  const base = inferShapes(upgradeOpset(inFloat32(model)));
  const g = new GraphBuilder(base.graph, base.info.opsets);
  const modules = moduleOutputs(g);
  g.setOutputs([]);
  const averages = g.input(g.freeName("averages"), "float32", ["groups", "tokens"]);
  const means = modules.map(({ module, value }) => meansOver(g, averages, value, `mean.${module}`));
  const sums = modules.map(() => ({
    behaviours: new Map<string, ReturnType<typeof runningMean>>(),
    answers: runningMean(),
    tokens: runningMean(),
  }));
  await withRuntime(runtime, async (engine) => {
    const session = await engine.session(base.withGraph(g.graph()));
    try {
      for (const { ids, spans } of answers) {
        signal?.throwIfAborted();
        const shown = Map.groupBy(spans, ({ behaviour }) => behaviour);
        const rows = [
          averageOf([...ids.keys()], ids.length),
          ...[...shown.values()].map((parts) => averageOf(tokensOf(parts, lead), ids.length)),
        ];
        const found = await session.run({
          input_ids: int64(ids, [1, ids.length]),
          [averages]: float32(rows.flat(), [rows.length, ids.length]),
        });
        means.forEach((name, at) => {
          const data = floats(found[name]!);
          const width = data.length / rows.length;
          const [all, ...parts] = rows.map((_, row) => data.subarray(row * width, (row + 1) * width));
          const { behaviours, answers, tokens } = sums[at]!;
          answers.add(all!);
          tokens.add(all!, ids.length);
          [...shown.keys()].forEach((behaviour, i) => {
            if (!behaviours.has(behaviour)) behaviours.set(behaviour, runningMean());
            behaviours.get(behaviour)!.add(parts[i]!);
          });
        });
      }
    } finally {
      await session.release();
    }
  });
  const names = new Set(answers.flatMap(({ spans }) => spans.map(({ behaviour }) => behaviour)));
  return Object.fromEntries([...names].map((behaviour) => [
    behaviour,
    Object.fromEntries(modules.map(({ module }, at) => {
      const { behaviours, answers, tokens } = sums[at]!;
      return [module, direction(behaviours.get(behaviour)!.mean(), answers.mean(), tokens.mean())];
    })),
  ]));
}

/** @throws RangeError where a part lies outside of its answer */
export function requireSpans({ ids, spans }: AnnotatedAnswer, at: number): void {
  const wrong = spans.find(({ start, end }) =>
    !(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end > start && end <= ids.length)
  );
  if (!wrong) return;
  throw new RangeError(
    `Cannot use answer ${at}: expected parts within its ${ids.length} tokens, found ${wrong.start} to ${wrong.end}`,
  );
}

/** The tokens of several parts, each as often as parts have it. */
function tokensOf(parts: readonly BehaviourSpan[], lead: number): number[] {
  return parts.flatMap(({ start, end }) => {
    const from = Math.max(0, start - lead);
    return Array.from({ length: end - from }, (_, i) => from + i);
  });
}

/** (plus − minus), as long as `scale`. */
function direction(plus: Float64Array, minus: Float64Array, scale: Float64Array): Float64Array {
  const difference = plus.map((value, i) => value - minus[i]!);
  const length = Math.hypot(...difference);
  return length === 0 ? difference : difference.map((value) => value * Math.hypot(...scale) / length);
}

/** A weighted mean of vectors that come one by one, in float64. */
function runningMean(): { add(vector: Float32Array, weight?: number): void; mean(): Float64Array } {
  let sum = new Float64Array();
  let total = 0;
  return {
    add(vector, weight = 1) {
      if (total === 0) sum = new Float64Array(vector.length);
      vector.forEach((value, i) => sum[i]! += weight * value);
      total += weight;
    },
    mean: () => sum.map((value) => value / total),
  };
}
