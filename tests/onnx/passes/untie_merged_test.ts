import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { fit } from "../../../lib/train/fit.ts";
import { untieMerged } from "../../../lib/onnx/passes/untie_merged.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { withEngine } from "../../train/engines.ts";
import { moons } from "../../train/moons.ts";

/** Layers one after the other, each a weight and a bias of zeros: what they are stored as. */
function layered(layers: readonly (readonly [weight: string, bias: string])[], write = gemm): Model {
  const g = new GraphBuilder("layers");
  const stored = new Set<string>();
  const parameter = (name: string, numbers: number[], dims: number[]): Value => {
    if (!stored.has(name)) g.parameter(name, float32(numbers, dims));
    stored.add(name);
    return name;
  };
  let x = g.input("x", "float32", ["N", 2]);
  for (const [weight, bias] of layers) {
    x = g.tanh(write(g, x, parameter(weight, [1, 2, -1, 1], [2, 2]), parameter(bias, [0, 0], [2])));
  }
  g.output(x, "logits");
  return g.model();
}

const gemm = (g: GraphBuilder, x: Value, weight: Value, bias: Value) => g.gemm(x, weight, bias);

const product = (g: GraphBuilder, x: Value, weight: Value, bias: Value) => g.add(g.matMul(x, weight), bias);

/** Numbers that tell apart which biases are read. */
function biasesOf({ graph }: Model): number[] {
  const seen: string[] = [];
  return graph.nodes.filter(({ op }) => op === "Gemm" || op === "Add").map(({ inputs }) => {
    const bias = inputs.at(-1)!;
    if (!seen.includes(bias)) seen.push(bias);
    return seen.indexOf(bias);
  });
}

Deno.test("layers of their own weights get a bias each, a layer that is used twice keeps one", () => {
  for (const write of [gemm, product]) {
    deepEqual(biasesOf(untieMerged(layered([["a", "zeros"], ["b", "zeros"]], write))), [0, 1]);
    deepEqual(biasesOf(untieMerged(layered([["a", "zeros"], ["b", "zeros"], ["a", "zeros"]], write))), [
      0,
      1,
      0,
    ]);
  }
});

Deno.test("where a file stores zeros of one length twice, what is shared is meant so", () => {
  const model = layered([["a", "zeros"], ["b", "zeros"], ["c", "others"]]);
  equal(untieMerged(model), model);
});

withEngine("layers that were stored as one learn as those that were not", "native", async (runtime) => {
  const train = async (model: Model) => {
    const { model: { graph } } = await fit(model, moons(32, 1), { epochs: 3, batchSize: 8, runtime });
    return ["a", "b", ...new Set(graph.nodes.flatMap(({ op, inputs }) => op === "Gemm" ? [inputs[2]!] : []))]
      .map((name) => [...numbersOf(graph.initializers.get(name) as Tensor)]);
  };
  const apart = await train(layered([["a", "a.bias"], ["b", "b.bias"]]));
  const merged = await train(layered([["a", "a.bias"], ["b", "a.bias"]]));
  notDeepEqual(apart[2], apart[3]);
  apart.forEach((numbers, i) => assertClose(merged[i]!, numbers, REORDERED_FLOAT32));
});
