import assert from "node:assert/strict";
import { titleOf } from "../../../lib/prune/channels/group_title.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { measureLayers } from "../../../lib/prune/latency/layer_latency.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { pretend, withClock } from "../pretend_engine.ts";

/** Two layers as PyTorch's exporter writes them: with a norm folded into the first, and as it was named. */
function exported() {
  const g = new GraphBuilder("main_graph");
  const random = seededRandom(0);
  const weight = (name: string, from: number, to: number) =>
    g.parameter(name, float32(Array.from({ length: from * to }, () => random.normal()), [from, to]));
  const hidden = g.matMul(g.input("x", "float32", [1, 3]), weight("onnx::MatMul_12", 3, 8));
  g.output(g.matMul(g.relu(hidden), weight("head.weight", 8, 2)), "y");
  const { graph, info } = g.model();
  const names = ["/features/0/MatMul", "/features/1/Relu", "/head/MatMul"];
  return new Model({ ...graph, nodes: graph.nodes.map((node, i) => ({ ...node, name: names[i]! })) }, info);
}

Deno.test("a group is called after its tensor, and after its layer too where only an exporter named the tensor", () => {
  assert.equal(titleOf({ name: "features.0.weight" }), "features.0.weight");
  const model = exported();
  const titles = channelGroups(model).groups.map(titleOf);
  assert.deepEqual(titles.toSorted(), [
    "head.weight",
    "onnx::MatMul_12 of /features/0/MatMul",
    "onnx::MatMul_12 of /features/0/MatMul",
  ]);
  const plan = planPruning(model, { target: { macs: 0.5 } });
  assert.match(String(plan), /^onnx::MatMul_12 of \/features\/0\/MatMul: 8 → 4$/m);
  assert.match(String(plan), /^head\.weight: 2 stay, /m);
});

Deno.test("a layer that is timed alone is called after its node, too, where only an exporter named its weight", () =>
  withClock(async () => {
    const model = exported();
    const rows = await measureLayers(model, model, { runtime: pretend({ layer: true }), runs: 1 });
    assert.deepEqual(rows.map(({ layer, node }) => [layer, node]), [
      ["onnx::MatMul_12", "/features/0/MatMul"],
      ["head.weight", undefined],
    ]);
  }));
