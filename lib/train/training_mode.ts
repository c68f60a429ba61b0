import { TypeError } from "../errors.ts";
import { type OperatorTable, rowOf } from "../onnx/operators/table.ts";
import { describe, floatAttribute, intAttribute, toAttributes } from "../onnx/attribute.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { shapeSize, substituteDim } from "../onnx/dim.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Model, Node } from "../onnx/model.ts";
import { emptyRecord } from "../own.ts";
import { isTensor, numbersOf } from "../tensor/tensor.ts";
import { trainingBatchNorm } from "./norms/batch_norm.ts";
import { dropout } from "./dropout.ts";

/** A model in the form that trains; its weights, inputs and initializers are the original's. */
export interface TrainingMode {
  /** The model with batch norms and dropouts as in training. */
  model: Model;
  /** The value that stands for each output of the original, in order. */
  outputs: Record<string, Value>;
  /** For each running statistic, the value that holds it after the batch. */
  statistics: Record<string, Value>;
  /** Batch norms with one value per channel of each example, in words: they need batches of two. */
  normsAcrossExamples: string[];
  /** An int64 scalar input, where there is dropout: a new whole number from 0 to 2³¹ − 2 for each step. */
  seed?: Value | undefined;
}

/** Settings of {@linkcode toTrainingMode}. */
export interface TrainingModeOptions {
  /** Running statistics that stay: their batch norms normalise with them. Default: none. */
  frozen?: ReadonlySet<string> | undefined;
}

interface Rewriting {
  g: GraphBuilder;
  frozen: ReadonlySet<string>;
  statistics: Record<string, Value>;
  normsAcrossExamples: string[];
  /** Number of dropouts so far. */
  dropouts: number;
  seed: () => Value;
}

/**
 * Replacements of nodes in training: the values in place of the outputs, or nothing where a node stays.
 */
const REWRITES: OperatorTable<(node: Node, rewriting: Rewriting) => readonly Value[] | undefined> = {
  BatchNormalization(node, { g, frozen, statistics, normsAcrossExamples }) {
    const [x, scale, bias, mean, variance] = node.inputs as [Value, Value, Value, Value, Value];
    if ([mean, variance].some((name) => !g.tensor(name))) return undefined;
    if ([mean, variance].some((name) => frozen.has(name))) {
      if (intAttribute(node, "training_mode", 0) === 0) return undefined;
      const y = node.outputs[0]!;
      const attributes = { ...node.attributes, ...toAttributes({ training_mode: 0 }) };
      g.place({ ...node, outputs: [y], attributes });
      return [y, mean, variance];
    }
    const after = trainingBatchNorm(g, x, {
      scale,
      bias,
      // A norm that is used twice takes in both batches.
      mean: statistics[mean] ?? mean,
      variance: statistics[variance] ?? variance,
      epsilon: floatAttribute(node, "epsilon", 1e-5),
      momentum: floatAttribute(node, "momentum", 0.9),
    });
    statistics[mean] = after.mean;
    statistics[variance] = after.variance;
    if (hasOneValueEach(g, x)) normsAcrossExamples.push(describe(node));
    return [after.y, after.mean, after.variance];
  },
  Dropout(node, rewriting) {
    const { g } = rewriting;
    const x = node.inputs[0]!;
    const { y, kept } = dropout(g, x, dropoutRatio(node, g), {
      seed: rewriting.seed(),
      layer: rewriting.dropouts++,
    });
    return node.outputs[1] ? [y, kept()] : [y];
  },
};

/**
 * Rewrites what behaves differently in training: batch norms take the batch's statistics and update their
 * running ones, dropouts drop. The batch norms are nodes of ONNX's training form, because those have a cheap
 * gradient; `lowerTrainingBatchNorms` makes them run on every engine. Everything else stays; batch norms that
 * were folded into convolutions are convolutions and simply train.
 */
export function toTrainingMode(model: Model, { frozen = new Set() }: TrainingModeOptions = {}): TrainingMode {
  const { graph } = inferShapes(model);
  const g = new GraphBuilder({ ...graph, nodes: [], outputs: [] }, model.info.opsets);
  const renamed = new Map<Value, Value>();
  const current = (value: Value) => renamed.get(value) ?? value;
  let seed: Value | undefined;
  const rewriting: Rewriting = {
    g,
    frozen,
    statistics: emptyRecord(),
    normsAcrossExamples: [],
    dropouts: 0,
    seed: () => seed ??= g.input(g.freeName("dropout.seed"), "int64", []),
  };
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map(current) };
    const replacements = rowOf(REWRITES, node)?.(node, rewriting);
    if (replacements === undefined) g.place(node);
    else node.outputs.forEach((output, i) => output && renamed.set(output, replacements[i]!));
  }
  const outputs = Object.fromEntries(graph.outputs.map((name) => [name, current(name)]));
  const rewritten = { ...g.graph(), outputs: Object.values(outputs) };
  const { statistics, normsAcrossExamples } = rewriting;
  return { model: inferShapes(model.withGraph(rewritten)), outputs, statistics, normsAcrossExamples, seed };
}

/** Whether there is one value per channel in [N, C, …] where there is one example. */
function hasOneValueEach(g: GraphBuilder, x: Value): boolean {
  const examples = g.shape(g.fedInputs[0] ?? x)[0];
  const values = shapeSize(g.shape(x).filter((_, axis) => axis !== 1));
  return substituteDim(values, new Map(typeof examples === "string" ? [[examples, 1]] : [])) === 1;
}

/** The ratio of a Dropout: an attribute before opset 12, a stored input from then on. */
function dropoutRatio(node: Node, g: GraphBuilder): number {
  const input = node.inputs[1];
  if (!input) return floatAttribute(node, "ratio", 0.5);
  const tensor = g.tensor(input);
  if (!tensor || !isTensor(tensor)) {
    throw new TypeError(
      `Cannot train ${describe(node)}: its ratio "${input}" is computed, expected a stored number`,
    );
  }
  return numbersOf(tensor)[0]!;
}
