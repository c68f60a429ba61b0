import assert from "node:assert/strict";
import { averageOf, meansOver, moduleOutputs } from "../../lib/interpretation/module_outputs.ts";
import { steeringVectors } from "../../lib/interpretation/steering_vectors.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";
import { ANSWERS } from "./linear_model.ts";

Deno.test("a decoder's linear layers are found in their order, seven in each block", () => {
  const model = decoder({ vocabulary: 9, context: 8, layers: 2, hidden: 8, heads: 2, neurons: 12 });
  const found = moduleOutputs(new GraphBuilder(model.graph, model.info.opsets)).map(({ module }) => module);
  const block = (n: number) => [
    ...["q", "k", "v", "o"].map((name) => `model.layers.${n}.self_attn.${name}_proj`),
    ...["gate", "up", "down"].map((name) => `model.layers.${n}.mlp.${name}_proj`),
  ];
  assert.deepEqual(found.toSorted(), [...block(0), ...block(1)].toSorted());
  assert.deepEqual(found.map((name) => Number(name.split(".")[2])), found.map((_, i) => Math.floor(i / 7)));
});

Deno.test("products of another domain are no linear layers", () => {
  const { graph, info } = decoder({ vocabulary: 9, context: 8, layers: 1, hidden: 8, heads: 2, neurons: 12 });
  const nodes = graph.nodes.map((node) => node.op === "Gemm" ? { ...node, domain: "com.acme" } : node);
  assert.throws(() => moduleOutputs(new GraphBuilder({ ...graph, nodes }, info.opsets)), /found none/);
});

Deno.test("means over groups of tokens are those of their rows", async () => {
  const g = new GraphBuilder();
  const averages = g.input("averages", "float32", ["groups", "tokens"]);
  meansOver(g, averages, g.input("x", "float32", [1, 3, 2]), "mean");
  const rows = [averageOf([0, 1, 2], 3), averageOf([2], 3), averageOf([1, 1, 2], 3)];
  const { mean } = await runModel(g.model(), {
    averages: float32(rows.flat(), [3, 3]),
    x: float32([3, 0, 6, 0, 9, 30], [1, 3, 2]),
  });
  const rounded = numbersOf(mean!).map((value) => Math.round(value * 1e4) / 1e4);
  assert.deepEqual(rounded, [6, 10, 9, 30, 7, 10]);
});

Deno.test("a model without such layers is refused", async () => {
  const g = new GraphBuilder();
  g.output(g.identity(g.input("input_ids", "float32", [1])), "y");
  await assert.rejects(steeringVectors(g.model(), ANSWERS), /weights named …_proj.weight/);
});
