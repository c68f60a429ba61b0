import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

function hidden(width: number): { g: GraphBuilder; y: string } {
  const g = new GraphBuilder("edited");
  const x = g.input("x", "float32", ["N", 2]);
  const y = g.relu(g.matMul(x, g.parameter("w", float32(new Float32Array(2 * width), [2, width]))));
  return { g, y };
}

Deno.test("a model that was given out stays as it was while its builder goes on", () => {
  const { g, y } = hidden(4);
  g.output(y, "y");
  const model = g.model();
  const before = model.toOnnx();
  assert.deepEqual(channelGroups(model).prunable.map(({ channels }) => channels), []);

  // From here on the hidden channels do not reach an output, and something else does.
  g.setOutputs([]);
  g.output(g.matMul(y, g.parameter("v", float32(new Float32Array(4), [4, 1]))), "sum");
  assert.deepEqual(model.toOnnx(), before);
  assert.deepEqual(channelGroups(g.model()).prunable.map(({ channels }) => channels), [4]);
  assert.deepEqual(channelGroups(model).prunable, []);
});

Deno.test("graphs are read-only by type: edits go through the builder", () => {
  const { g } = hidden(4);
  const { graph, info } = g.model();
  // @ts-expect-error: nodes are read-only
  const push = graph.nodes.push;
  // @ts-expect-error: so are stored tensors
  const set = graph.initializers.set;
  // @ts-expect-error: so are what is known of values
  const declare = graph.values.set;
  const [node] = graph.nodes;
  // @ts-expect-error: so are the nodes themselves
  assert.doesNotThrow(() => node!.op = node!.op);
  // @ts-expect-error: so are attributes
  assert.doesNotThrow(() => node!.attributes.alpha = { type: "float", value: 1 });
  // @ts-expect-error: so are versions of operator sets
  assert.doesNotThrow(() => info.opsets[""] = 20);
  assert.equal([push, set, declare].every((method) => typeof method === "function"), true);
});

Deno.test("place, removeFrom and replaceNode put nodes where they are told, and take their names", () => {
  const { g, y } = hidden(4);
  g.place({ op: "Neg", inputs: [y], outputs: ["neg"], attributes: {} });
  assert.equal(g.has("neg"), true);
  g.output("neg");
  const start = g.nodes.length;
  g.abs(g.exp(y));
  const added = g.removeFrom(start);
  assert.deepEqual(added.map(({ op }) => op), ["Exp", "Abs"]);
  const last = { ...added[1]!, outputs: ["neg"] };
  g.replaceNode(g.nodes.at(-1)!, [added[0]!, last]);
  assert.deepEqual(g.model().graph.nodes.map(({ op }) => op), ["MatMul", "Relu", "Exp", "Abs"]);
});

Deno.test("toInput makes a stored tensor an input, once, and refuses what is not stored", () => {
  const { g, y } = hidden(4);
  g.toInput("w");
  g.output(y, "y");
  const { graph } = g.model();
  assert.deepEqual([graph.inputs, [...graph.initializers.keys()]], [["x", "w"], []]);
  assert.deepEqual(graph.values.get("w"), { type: "float32", shape: [2, 4] });
  assert.throws(() => g.toInput("w"), /Cannot make "w" an input: the graph stores no tensor of that name/);
});
