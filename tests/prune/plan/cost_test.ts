import { deepEqual, equal, throws } from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { costsOfGroups } from "../../../lib/prune/plan/cost.ts";
import { storedBytes } from "../../../lib/prune/plan/model_costs.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

// 4 → 8 → 6 → 2, a bias each: per hidden unit what it reads, its bias and what reads it.
const model = mlp({ sizes: [4, 8, 6, 2] });
const groups = channelGroups(model);

Deno.test("the ledger opens with what counting the model gives", () => {
  const { macs, parameters } = countMacs(model);
  deepEqual(costsOfGroups(groups)().now, { macs, parameters, bytes: model.toOnnx().length });
  deepEqual([macs, parameters], [4 * 8 + 8 * 6 + 6 * 2, macs + 8 + 6 + 2]);
  equal(storedBytes(model), 4 * parameters);
});

Deno.test("what a channel takes with it depends on what has gone before", () => {
  const ledger = costsOfGroups(groups)();
  const [first, second] = groups.prunable.map(({ id }) => id);
  deepEqual(ledger.remove(first!, 3).macs, 4 * 7 + 7 * 6 + 6 * 2);
  deepEqual(ledger.remove(second!, 0).macs, 4 * 7 + 7 * 5 + 5 * 2);
  deepEqual(ledger.now.parameters, 4 * 7 + 7 * 5 + 5 * 2 + 7 + 5 + 2);
});

Deno.test("asking changes nothing, and what is put back is as it was", () => {
  const ledger = costsOfGroups(groups)();
  const { id } = groups.prunable[0]!;
  const before = ledger.now;
  equal(ledger.without(id, [0, 1]).macs, 4 * 6 + 6 * 6 + 6 * 2);
  deepEqual(ledger.now, before);
  ledger.remove(id, 0);
  ledger.restore(id, [0]);
  deepEqual(ledger.now, before);
});

Deno.test("vectors that a file stores once for several readers are told apart as repeated", () => {
  const g = new GraphBuilder();
  const zeros = g.parameter("zeros", float32(new Float32Array(3)));
  let x = g.input("x", "float32", ["N", 3]);
  for (const name of ["a", "b"]) {
    x = g.relu(g.add(g.matMul(x, g.parameter(name, float32(new Float32Array(9).fill(2), [3, 3]))), zeros));
  }
  g.output(x, "y");
  deepEqual(costsOfGroups(channelGroups(g.model()))().repeated, { macs: 0, parameters: 3, bytes: 12 });
});

Deno.test("MACs that cannot be counted are NaN in a plan by another cost, and refused in one by MACs", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["N", 3, "H", "W"]);
  g.output(g.node("Conv", [x, g.parameter("w", float32(new Float32Array(6), [2, 3, 1, 1]))])[0]!, "y");
  const unsized = channelGroups(g.model());
  throws(() => costsOfGroups(unsized)(), TypeError);
  const bytes = unsized.model.toOnnx().length;
  deepEqual(costsOfGroups(unsized, {}, "parameters")().now, { macs: NaN, parameters: 6, bytes });
  equal(costsOfGroups(unsized, { x: ["N", 3, 2, 5] })().now.macs, 6 * 10);
});

Deno.test("what no output depends on, or what is only asked for its shape, has no price, before and after", () => {
  const image = { x: ["N", 3, 8, 8] };
  const weight = (outputs: number, inputs: number) =>
    float32(
      Array.from({ length: outputs * inputs }, (_, i) => Math.sin(i + 1)),
      [outputs, inputs, 1, 1],
    );
  const branches: Record<string, (g: GraphBuilder, h: string, x: string) => string> = {
    "leads nowhere": (g, h) => (g.conv(h, g.parameter("dead", weight(20, 8))), h),
    "is only asked for its shape": (g, h, x) =>
      g.reshape(h, g.node("Shape", [g.conv(x, g.parameter("asked", weight(8, 3)))])[0]!),
  };
  for (const [what, branch] of Object.entries(branches)) {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", image.x);
    const h = g.relu(g.conv(x, g.parameter("first", weight(8, 3))));
    g.output(g.conv(branch(g, h, x), g.parameter("last", weight(5, 8))), "y");
    const given = g.model();
    const cost = (channels: number) => ({ macs: 64 * 8 * channels, parameters: 8 * channels });
    deepEqual(countMacs(given), cost(8), what);
    for (const kind of ["macs", "parameters"] as const) {
      for (const [share, left] of [[1, 8], [0.9, 7], [0.5, 4]] as const) {
        const plan = planPruning(given, { target: { [kind]: share } as never, roundTo: 1 });
        const { macs, parameters } = plan.after;
        deepEqual({ macs, parameters }, cost(left), `${what}, ${share} of ${kind}`);
        const smaller = prune(given, plan);
        deepEqual(countMacs(smaller), cost(left), what);
        equal(smaller.toOnnx().length, plan.after.bytes, what);
      }
    }
  }
});
