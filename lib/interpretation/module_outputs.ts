import { TypeError } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { operatorOf } from "../onnx/operators/table.ts";

/** A linear layer of a decoder, and the value that holds what it gives. */
export interface ModuleOutput {
  /** Name of the layer: that of its weight, without `.weight`. */
  readonly module: string;
  /** The value. */
  readonly value: Value;
}

/** Linear layers of decoders: q, k, v, o, gate, up and down. */
const PROJECTION = /_proj\.weight$/;

/**
 * Outputs of a decoder's linear layers, biases included, in the order of its graph.
 *
 * @throws TypeError where it has none whose weights are named as Hugging Face's checkpoints name them
 */
export function moduleOutputs(g: GraphBuilder): ModuleOutput[] {
  const found = g.nodes.flatMap((node) => {
    const weight = node.inputs.find((name) => PROJECTION.test(name));
    const isLinear = ["Gemm", "MatMul"].includes(operatorOf(node));
    return isLinear && weight ? [{ module: weight.replace(/\.weight$/, ""), value: node.outputs[0]! }] : [];
  });
  if (found.length > 0) return found;
  throw new TypeError(
    "Cannot look into this model: expected linear layers with weights named …_proj.weight, as a decoder's, found " +
      "none; a language model's graph for whole texts has them (model.graph)",
  );
}

/**
 * The means of a value over groups of tokens, as a new output: `averages` [groups, tokens] times the value as
 * [tokens, features].
 */
export function meansOver(g: GraphBuilder, averages: Value, value: Value, name: string): Value {
  const shape = g.shape(value);
  const rows = g.reshape(value, [-1, shape.at(-1) as number]);
  return g.output(g.matMul(averages, rows), g.freeName(name));
}

/** A row of `averages`: equal weights on these tokens. */
export function averageOf(tokens: readonly number[], length: number): number[] {
  const row = new Array<number>(length).fill(0);
  for (const token of tokens) row[token]! += 1 / tokens.length;
  return row;
}
