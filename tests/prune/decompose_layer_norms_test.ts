import assert from "node:assert/strict";
import { vit } from "../../lib/nn/vit.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { floatTensor } from "../../lib/tensor/float_tensor.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { decomposeLayerNorms } from "../../lib/prune/decompose_layer_norms.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";
import { assertEqualsMask, normalFeeds } from "./each_channel.ts";
import { failingCase } from "./failing_cases.ts";
import { Net } from "./net.ts";

const image = { input: normalFeeds([1, 3, 8, 8]).x };
const network = () => vit({ image: 8, patch: 4, layers: 2, heads: 2, hidden: 12, mlp: 16, classes: 3 });

async function assertSame(a: Model, b: Model, feeds: Record<string, Tensor>): Promise<void> {
  const [one, other] = [await runNative(a, feeds), await runNative(b, feeds)];
  for (const [name, { data }] of Object.entries(one)) {
    assertClose(other[name]!.data as Float32Array, data as Float32Array, REORDERED_FLOAT32, name);
  }
}

Deno.test("a LayerNormalization written out gives what the one node gives, its statistics too", async () => {
  for (const [opset, axis] of [[17, -1], [20, 1], [20, 2]] as const) {
    const n = new Net({ "": opset });
    const x = n.g.input("x", "float32", [2, 3, 4]);
    const sizes = [3, 4].slice(axis === 1 ? 0 : 1);
    const outputs = n.ops("LayerNormalization", [x, n.weight(...sizes), n.weight(...sizes)], { axis }, 3);
    outputs.forEach((output) => n.g.output(output));
    n.g.output(n.op("LayerNormalization", [x, n.weight(4)]));
    const written = decomposeLayerNorms(n.g.model());
    assert.ok(written.graph.nodes.every(({ op }) => op !== "LayerNormalization"));
    await assertSame(n.g.model(), written, normalFeeds([2, 3, 4]));
  }
});

/** Norms of rows, without scale and shift, in double precision. */
function normsOf({ data, dims: [rows, columns] }: Tensor): number[] {
  const normed = (row: number[]) => {
    const mean = row.reduce((sum, x) => sum + x, 0) / columns!;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / columns!;
    return row.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
  };
  return Array.from(
    { length: rows! },
    (_, r) => normed(Array.from((data as Float32Array).subarray(r * columns!, (r + 1) * columns!))),
  ).flat();
}

const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

for (const columns of [12, 768]) {
  Deno.test(`of ${columns} numbers far from 0 no more digits are lost than their mean has, against double precision`, async () => {
    for (const center of [0, -100, 1e4, 1e6]) {
      for (const opset of [17, 20]) {
        const n = new Net({ "": opset });
        n.g.output(
          n.op("LayerNormalization", [n.g.input("x", "float32", [4, columns]), n.level(columns, 1)]),
          "y",
        );
        const random = seededRandom(7);
        const numbers = Float32Array.from({ length: 4 * columns }, () => center + random.normal());
        const x = float32(numbers, [4, columns]);
        const exact = normsOf(x);
        const [one, written] = [n.g.model(), decomposeLayerNorms(n.g.model())];
        const errors = await Promise.all(
          [one, written].map(async (model) =>
            farthest((await runNative(model, { x })).y!.data as Float32Array, exact)
          ),
        );
        // Half a unit in the last place of the mean, where no digits cancel behind it.
        const unit = 2 ** (Math.floor(Math.log2(Math.abs(center) + 1)) - 23);
        assert.ok(errors[1]! <= Math.max(4 * unit, 1e-6), `around ${center}: ${errors}`);
      }
    }
  });
}

Deno.test("channels that left count as zeros: the stream's norm is that of the one node on a silenced stream", async () => {
  // A stream far from 0, of which a channel is silenced where it is made.
  const build = (silenced: readonly number[]) => {
    const n = new Net();
    const made = n.op("MatMul", [n.g.input("x", "float32", [3, 4]), n.weight(4, 8)]);
    const far = n.op("Add", [made, n.weights(Array.from({ length: 8 }, (_, i) => 50 + i))]);
    const keep = n.weights(Array.from({ length: 8 }, (_, i) => silenced.includes(i) ? 0 : 1));
    const stream = silenced.length > 0 ? n.op("Mul", [far, keep]) : far;
    const normed = n.op("LayerNormalization", [stream, n.weight(8), n.weight(8)]);
    const last = n.weight(8, 2);
    n.g.output(n.op("MatMul", [silenced.length > 0 ? n.op("Mul", [normed, keep]) : normed, last]), "y");
    return n.g.model();
  };
  const { x } = normalFeeds([3, 4]);
  const whole = decomposeLayerNorms(build([]));
  const plan = planPruning(whole, { target: { parameters: 1 }, criterion: "l2" });
  const [group] = plan.groups;
  let model = whole;
  for (const [removed, all] of [[[1, 4], [1, 4]], [[0, 3], [0, 1, 4, 5]]] as const) {
    const now = planPruning(model, { target: { parameters: 1 }, criterion: "l2" });
    model = prune(model, new PruningPlan({ ...now, groups: [{ ...now.groups[0]!, removed: [...removed] }] }));
    assert.equal(group!.channels, 8);
    const [small, silenced] = [await runNative(model, { x }), await runNative(build(all), { x })];
    assertClose(small.y!.data as Float32Array, silenced.y!.data as Float32Array, REORDERED_FLOAT32, `${all}`);
  }
});

Deno.test("what is written out is no parameter and no scale, and sizes that are not known leave a norm as it is", () => {
  const model = network();
  const written = decomposeLayerNorms(model);
  const inputShapes = { input: [1, 3, 8, 8] };
  assert.equal(countMacs(written, { inputShapes }).parameters, countMacs(model, { inputShapes }).parameters);
  const stream = channelGroups(written).prunable.find(({ channels }) => channels === 12)!;
  const scales = stream.slots.filter(({ role }) => role === "scale").map(({ tensor }) => tensor);
  assert.ok(scales.length > 0 && scales.every((name) => /ln.*weight$/.test(name)), `${scales}`);
  const n = new Net();
  n.g.output(n.op("LayerNormalization", [n.g.input("x", "float32", [2, "width"]), n.weight(1)]));
  assert.deepEqual(decomposeLayerNorms(n.g.model()).graph.nodes.map(({ op }) => op), ["LayerNormalization"]);
});

Deno.test("of halves of either kind the sums are in float32, and all else is of their type", () => {
  for (const type of ["float16", "bfloat16"] as const) {
    const g = new GraphBuilder();
    const stored = (name: string) => g.parameter(name, floatTensor(type, [1, 2, 3, 4], [4]));
    g.output(g.layerNorm(g.input("x", type, [2, 4]), stored("scale"), stored("shift")), "y");
    const { graph } = inferShapes(decomposeLayerNorms(g.model()));
    for (const { op, inputs } of graph.nodes.filter(({ inputs }) => inputs.length === 2)) {
      if (op === "ReduceMean" || op === "Reshape") continue; // axes and shapes are whole numbers
      const types = inputs.map((input) => graph.values.get(input)?.type);
      assert.equal(types[0], types[1], `${op} of ${types}`);
    }
    assert.equal(graph.values.get("y")?.type, type);
  }
});

Deno.test("the stream of a vision transformer leaves once its norms are written out, at several ratios and in rounds", async () => {
  const model = decomposeLayerNorms(network());
  await assertSame(network(), model, image);
  const streams = [network(), model].map((one) =>
    channelGroups(one).prunable.filter(({ channels }) => channels === 12).length
  );
  assert.deepEqual(streams, [0, 1]);
  const settings = { criterion: "l2", roundTo: 1 } as const;
  for (const macs of [0.8, 0.5, 0.25]) {
    const smaller = await assertEqualsMask(
      model,
      planPruning(model, { ...settings, target: { macs } }),
      image,
      `${macs}`,
    );
    assert.ok(smaller.graph.initializers.get("class_token")!.dims[2]! < 12);
  }
  let now = model;
  const lengths: number[] = [];
  for (let round = 0; round < 3; round++) {
    now = await assertEqualsMask(
      now,
      planPruning(now, { ...settings, target: { macs: 0.8 } }),
      image,
      `round ${round}`,
    );
    lengths.push(now.graph.nodes.length);
  }
  assert.equal(lengths[2], lengths[0]);
});

const recurrent = failingCase("tp276");
Deno.test(
  "tp276: hidden units before a norm leave once it is written out",
  { ignore: !recurrent },
  async () => {
    const { feeds } = recurrent!;
    const model = decomposeLayerNorms(recurrent!.model);
    assert.deepEqual(channelGroups(model).prunable.map(({ channels }) => channels), [12, 16, 20]);
    const plan = planPruning(model, { target: { macs: 0.3 }, criterion: "l2", roundTo: 1 });
    await assertEqualsMask(model, plan, feeds, "to 0.3");
  },
);
