import { deepEqual, equal } from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { untieSharedConstants } from "../../../lib/onnx/passes/untie_shared_constants.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { assertEachChannelAlone, normalFeeds } from "../../prune/each_channel.ts";
import { Net } from "../../prune/net.ts";

const shared = (numbers: number[]) => {
  const g = new GraphBuilder();
  const vector = g.parameter("v", float32(numbers));
  const x = g.input("x", "float32", [2, numbers.length]);
  g.output(g.add(g.mul(g.add(x, vector), vector), vector), "y");
  return g.model();
};

Deno.test("every reader of a vector of equal numbers gets a vector of its own", () => {
  const { graph } = untieSharedConstants(shared([0, 0, 0]));
  const read = graph.nodes.flatMap(({ inputs }) => inputs.filter((name) => graph.initializers.has(name)));
  deepEqual([read, new Set(read).size], [["v", "v.1", "v.2"], 3]);
  equal(graph.initializers.get("v.1"), graph.initializers.get("v"), "the numbers are copied");
});

Deno.test("a vector whose numbers differ, or a single number, is shared on purpose", () => {
  for (const model of [shared([0, 1, 0]), shared([3])]) equal(untieSharedConstants(model), model);
});

Deno.test("two recurrent layers that begin with the same zeros get a state each", () => {
  const g = new GraphBuilder();
  const zeros = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b)), dims);
  const state = g.parameter("state", zeros(1, 2, 3));
  let x = g.input("x", "float32", [4, 2, 3]);
  for (const layer of ["a", "b"]) {
    const [w, r] = ["w", "r"].map((name) => g.parameter(layer + name, zeros(1, 9, 3)));
    const [y] = g.node("GRU", [x, w, r, undefined, undefined, state], { hidden_size: 3 });
    x = g.squeeze(y!, [1]);
  }
  g.output(x, "y");
  const { nodes } = untieSharedConstants(g.model()).graph;
  deepEqual(nodes.filter(({ op }) => op === "GRU").map(({ inputs }) => inputs[5]), ["state", "state.1"]);
});

Deno.test("quantised layers of one width that share their zero points lose channels each by itself", async () => {
  const n = new Net({ "": 21 });
  const zeros = n.zeroPoint(false, 120, 6);
  const weight = (rows: number) =>
    n.op("DequantizeLinear", [n.bytes(false, rows, 6), n.positive(6), zeros], { axis: 1 });
  const first = n.op("Relu", [n.op("MatMul", [n.g.input("x", "float32", ["N", 3]), weight(3)])]);
  const second = n.op("Relu", [n.op("MatMul", [first, weight(6)])]);
  n.g.output(n.linear(second, 6, 2), "y");
  const model = n.g.model();
  deepEqual(channelGroups(model).prunable.map(({ channels }) => channels), [6, 6]);
  await assertEachChannelAlone(model, normalFeeds([2, 3]));
});

Deno.test("equal whole numbers that are sizes stay one tensor", () => {
  const g = new GraphBuilder();
  const shape = g.parameter("shape", int64([2, 2]));
  const [a, b] = ["a", "b"].map((name) => g.node("Reshape", [g.input(name, "float32", [4]), shape])[0]!);
  g.output(g.add(a!, b!), "y");
  const model = g.model();
  equal(untieSharedConstants(model), model);
});
