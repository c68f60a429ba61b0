import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { foldConstants } from "../../lib/runtime/fold_constants.ts";
import { type Graph, Model, type Node } from "../../lib/onnx/model.ts";
import { float32, int64, tensorOf } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { graphWithConstants } from "../onnx/passes/graph_with_constants.ts";
import { REAL_MODELS, realFeeds, realModel, realModelBytes } from "../onnx/real_models.ts";
import { runNative } from "../onnx/run_native.ts";

Deno.test("foldConstants computes what depends on no input, and gives the same outputs", async () => {
  const model = graphWithConstants();
  const folded = await foldConstants(model);
  assert.deepEqual(folded.graph.nodes.map(({ op }) => op), ["MatMul", "Identity"]);
  assert.equal(folded.graph.initializers.size, 1);
  const feeds = { x: float32([1, -2, 3, 0.5, 0, 1], [2, 3]) };
  const [before, after] = [await runNative(model, feeds), await runNative(folded, feeds)];
  assertClose(after.y!.data as Float32Array, before.y!.data as Float32Array, REORDERED_FLOAT32);
});

Deno.test("foldConstants leaves random operators and results that are much larger than their sources", async () => {
  const g = new GraphBuilder("kept");
  const x = g.input("x", "float32", [1]);
  const [noise] = g.node("RandomNormal", [], { shape: [2] });
  const [big] = g.node("Expand", [g.constant(float32([1])), g.constant(int64([100_000]))]);
  g.output(g.add(g.add(x, noise!), g.reduceSum(big!, [0])), "y");
  const ops = (await foldConstants(g.model())).graph.nodes.map(({ op }) => op);
  assert.ok(ops.includes("RandomNormal"));
  assert.ok(ops.includes("Expand"));
});

/** What is left of a model that adds to its input what one node, run by an If of an If, makes of nothing. */
async function leftOf(node: Pick<Node, "op" | "domain" | "attributes">): Promise<string[]> {
  const graphOf = (name: string, node: Pick<Node, "op" | "domain" | "attributes">, inputs: string[]) => ({
    name,
    inputs: [],
    outputs: [name],
    nodes: [{ ...node, inputs, outputs: [name] }],
    initializers: new Map(),
    values: new Map([[name, { type: "float32", shape: [2] } as const]]),
  });
  const branches = (graph: Graph) => {
    const branch = { type: "graph", value: graph } as const;
    return { then_branch: branch, else_branch: branch };
  };
  const g = new GraphBuilder("branches");
  const always = g.parameter("always", tensorOf("bool", [1], []));
  const inner = graphOf("inner", node, []);
  const outer = graphOf("outer", { op: "If", attributes: branches(inner) }, [always]);
  const [made] = g.node("If", [always], branches(outer));
  g.output(g.add(g.input("x", "float32", [2]), made!), "y");
  const { graph, info } = g.model();
  const model = new Model(graph, { ...info, opsets: { ...info.opsets, own: 1 } });
  return (await foldConstants(model)).graph.nodes.map(({ op }) => op);
}

Deno.test("foldConstants leaves nodes that run chance, or operators of other domains, inside", async () => {
  const without = ["Add", "Identity"];
  const value = { type: "tensor", value: float32([1, 2]) } as const;
  assert.deepEqual(await leftOf({ op: "Constant", attributes: { value } }), without);
  const shape = { type: "ints", value: [2] } as const;
  assert.deepEqual(await leftOf({ op: "RandomUniform", attributes: { shape } }), ["If", ...without]);
  assert.deepEqual(await leftOf({ op: "Draw", domain: "own", attributes: {} }), ["If", ...without]);
});

Deno.test("an initializer that may be fed over is no constant", async () => {
  const g = new GraphBuilder("default");
  const x = g.input("x", "float32", [1]);
  const w = g.parameter("w", float32([1]));
  g.output(g.add(x, g.neg(g.identity(w))), "y");
  const { graph, info } = g.model();
  const model = new Model({ ...graph, inputs: ["x", w] }, info);
  assert.equal((await foldConstants(model)).graph.nodes.length, 4);
});

for (const name of ["ultraface-version-RFB-320", "bert_toy_optimized", "light_squeezenet", "mnist"]) {
  assert.ok(REAL_MODELS.includes(name));
  Deno.test({
    name: `${name} computes the same with its constants folded`,
    ignore: !realModelBytes(name),
    async fn() {
      const model = realModel(name);
      const folded = await foldConstants(model);
      assert.ok(folded.graph.nodes.length < model.graph.nodes.length);
      const feeds = realFeeds(name, model);
      const [before, after] = [await runNative(model, feeds), await runNative(folded, feeds)];
      for (const [output, { data }] of Object.entries(before)) {
        assertClose(after[output]!.data as Float32Array, data as Float32Array, REORDERED_FLOAT32, output);
      }
    },
  });
}

Deno.test("constants that nobody reads are removed, with what would compute them", async () => {
  const g = new GraphBuilder();
  const weight = g.parameter("weight", float32([1, 2, 3, 4], [2, 2]));
  g.transpose(weight, [1, 0]);
  g.output(g.relu(g.input("x", "float32", ["N", 2])), "y");
  const { graph } = await foldConstants(g.model());
  assert.deepEqual([graph.nodes.map(({ op }) => op), graph.initializers.size], [["Relu", "Identity"], 0]);
});
