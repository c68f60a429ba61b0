import { requireOptions } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { Model } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { straightThrough } from "../onnx/straight_through.ts";
import { sortGraph } from "../onnx/topology.ts";
import { largestOf, quantizable, type QuantizeOptions } from "./quantizable.ts";
import { quantizeWeights } from "./quantize_weights.ts";
import { storedModel } from "./stored_model.ts";

/**
 * The model with every weight and embedding rounded to whole multiples of its scale while it runs, so that it
 * is trained to compute with what is left: forwards the rounded weight, backwards the gradient of the weight
 * itself ({@linkcode straightThrough}). Scales follow the weights at every step. `fit` trains it;
 * {@linkcode foldFakeQuantization} makes a plain model of the result.
 *
 * Source: O. Zafrir, G. Boudoukh, P. Izsak, M. Wasserblat, "Q8BERT: Quantized 8Bit BERT", 2019, with weights
 * alone quantised.
 *
 * @throws RangeError where bits are none
 */
export function fakeQuantize(model: Model, options: QuantizeOptions = {}): Model {
  requireOptions("fakeQuantize", options, { bits: true, per: true });
  const largest = largestOf(options);
  const stored = storedModel(model);
  const g = new GraphBuilder(stored.graph, stored.info.opsets);
  for (const { name, tensor: { dims }, axis } of quantizable(stored, options)) {
    const readers = g.nodes.filter(({ inputs }) => inputs.includes(name));
    const shared = dims.map((_, i) => i).filter((i) => i !== axis);
    const most = g.reduceMax(g.abs(name), shared);
    // A row of zeros has no scale of its own: any will do.
    const scale = g.where(g.greater(most, 0), g.div(most, largest), 1);
    const level = g.clip(g.round(g.div(name, scale)), -largest, largest);
    const by = straightThrough(g, g.mul(level, scale), name);
    for (const node of readers) {
      g.replaceNode(node, [{ ...node, inputs: node.inputs.map((input) => input === name ? by : input) }]);
    }
  }
  const { graph, info: { opsets } } = g.model();
  return new Model(sortGraph(graph), { ...stored.info, opsets });
}

/**
 * A plain model of one that was trained with {@linkcode fakeQuantize} and the same options: its weights are
 * rounded as they were, and nothing of the rewrite is left.
 */
export function foldFakeQuantization(model: Model, options: QuantizeOptions = {}): Model {
  requireOptions("foldFakeQuantization", options, { bits: true, per: true });
  const { graph } = model;
  const through = new Map<Value, Value>();
  for (const node of graph.nodes) {
    const [, weight] = node.inputs;
    if (operatorOf(node) !== "espalier:StraightThrough" || !graph.initializers.has(weight!)) continue;
    through.set(node.outputs[0]!, weight!);
  }
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => through.get(input) ?? input),
  }));
  const { espalier: _, ...opsets } = model.info.opsets;
  const plain = new Model({ ...graph, nodes }, { ...model.info, opsets });
  return quantizeWeights(removeDeadCode(plain), options);
}
