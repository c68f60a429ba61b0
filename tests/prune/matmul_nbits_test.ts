import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { vit } from "../../lib/nn/vit.ts";
import { compress } from "../../lib/compress/compress.ts";
import { packQuantized } from "../../lib/compress/codes/pack_quantized.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { channelsPer } from "../../lib/prune/plan/round_widths.ts";
import { realNumbers } from "../../lib/prune/quantized/real_numbers.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { fileBytes } from "../../lib/onnx/codec/encode.ts";
import { assertClose } from "../close.ts";
import { assertEachChannelAlone, normalFeeds } from "./each_channel.ts";

const packed = async (model: Model, groupSize: number): Promise<Model> =>
  packQuantized(await compress(model, { method: "rtn", bits: 4, groupSize })).model;

/** A network of two products with codes, the first with a bias inside and no zero points. */
function twoProducts(bits: number, hidden: number, block: number): Model {
  const g = new GraphBuilder("products", { "": 21, "com.microsoft": 1 });
  const random = seededRandom(5);
  const product = (x: string, name: string, [columns, rows]: [number, number], bare: boolean) => {
    const blocks = Math.ceil(columns / block);
    const bytes = (dims: number[]) =>
      new Tensor("uint8", Uint8Array.from({ length: sizeOf(dims) }, () => random.uniform() * 256), dims);
    const numbers = (dims: number[]) =>
      float32(Float32Array.from({ length: sizeOf(dims) }, () => random.normal()), dims);
    const inputs = [
      x,
      g.parameter(`${name}.codes`, bytes([rows, blocks, block * bits / 8])),
      g.parameter(`${name}.scales`, numbers([rows, blocks])),
      bare ? "" : g.parameter(`${name}.zeros`, bytes([rows * Math.ceil(blocks * bits / 8)])),
      "",
      bare ? g.parameter(`${name}.bias`, numbers([rows])) : "",
    ];
    const attributes = { K: columns, N: rows, bits, block_size: block };
    return g.node("MatMulNBits", inputs, attributes, { domain: "com.microsoft" })[0]!;
  };
  const x = g.input("x", "float32", [2, 16]);
  const first = g.relu(product(x, "first", [16, hidden], true) as never);
  g.output(product(first, "second", [hidden, 5], false) as never, "y");
  return g.model();
}

const free = (model: Model) => channelGroups(model).prunable.map(({ channels }) => channels);

for (const bits of [4, 8]) {
  Deno.test(`products with codes of ${bits} bits lose features with their bias and zero points`, async () => {
    const model = twoProducts(bits, 80, 16);
    // Where zero points have 4 bits, two blocks share a byte of them, and the fifth has one alone and stays.
    assert.deepEqual(free(model), bits === 4 ? [2] : [5]);
    await assertEachChannelAlone(model, normalFeeds([2, 16]));
  });
}

/** Three products that read one vector of zero points, each with another shape of codes than the one before. */
function sharedPoints({ dims, alsoGiven = false }: { dims: number[]; alsoGiven?: boolean }): Model {
  const g = new GraphBuilder("shared", { "": 21, "com.microsoft": 1 });
  const random = seededRandom(6);
  const bytes = (dims: number[]) =>
    new Tensor("uint8", Uint8Array.from({ length: sizeOf(dims) }, () => random.uniform() * 256), dims);
  const zeros = g.parameter("zeros", bytes(dims));
  let value = g.input("x", "float32", [2, 64]);
  for (const [name, K, N] of [["a", 64, 128], ["b", 128, 64], ["c", 64, 128]] as const) {
    const scales = Float32Array.from({ length: N * K / 16 }, () => random.normal());
    const inputs = [
      value,
      g.parameter(`${name}.codes`, bytes([N, K / 16, 8])),
      // All shapes that the runtime takes.
      g.parameter(
        `${name}.scales`,
        float32(scales, { a: [N * K / 16], b: [N, K / 16], c: [N, K / 16, 1] }[name]),
      ),
      zeros,
    ];
    const attributes = { K, N, bits: 4, block_size: 16 };
    value = g.relu(g.node("MatMulNBits", inputs, attributes, { domain: "com.microsoft" })[0]!);
  }
  g.output(value, "y");
  if (alsoGiven) g.output(g.node("Cast", [zeros], { to: 1 })[0]!, "given");
  return g.model();
}

for (
  const [what, options] of Object.entries({
    "as one vector": { dims: [256] },
    "as rows of one of them": { dims: [128, 2] },
    "with an axis of one": { dims: [64, 4, 1] },
    "with somebody else": { dims: [256], alsoGiven: true },
  })
) {
  Deno.test(`products of different shapes that share zero points, ${what}, lose features each by itself`, async () => {
    const model = sharedPoints(options);
    assert.deepEqual(free(model), [4, 2]);
    await assertEachChannelAlone(model, normalFeeds([2, 64]));
    const plan = planPruning(model, { target: { macs: 0.6 }, roundTo: 1 });
    assert.equal(fileBytes(prune(model, plan)), plan.after.bytes);
    assert.equal(fileBytes(model), plan.before.bytes);
  });
}

Deno.test("input features stay where they all share a scale, or a block of them is not whole", () => {
  const why = (model: Model) =>
    channelGroups(model).groups.find(({ slots }) => slots[0]?.tensor === "first.codes")!
      .protectedBy[0]!;
  assert.match(why(twoProducts(4, 64, 64)), /^MatMulNBits .* has one scale for all weights of a row$/);
  assert.match(why(twoProducts(4, 72, 16)), /^MatMulNBits .* has a last block that is not whole, 8 of 16$/);
});

Deno.test("an MLP in codes of 4 bits loses hidden features by the blocks that share a scale", async () => {
  const model = await packed(mlp({ sizes: [32, 192, 128, 3] }), 16);
  const { prunable, boundaries } = channelGroups(model);
  assert.deepEqual([boundaries, prunable.map(({ channels }) => channels)], [[], [6, 4]]);
  await assertEachChannelAlone(model, { input: normalFeeds([2, 32]).x });
});

Deno.test("half of a vision transformer in codes of 4 bits equals its mask, at the costs foretold", async () => {
  const whole = vit({ image: 8, patch: 4, layers: 2, heads: 4, hidden: 128, mlp: 256, classes: 5 });
  const model = await packed(whole, 32);
  const inputShapes = { input: [2, 3, 8, 8] };
  const feeds = normalFeeds(inputShapes.input);
  const { groups } = channelGroups(model);
  const features = groups.filter(({ name, protectedBy }) => protectedBy.length === 0 && /codes$/.test(name));
  // Heads of 32 features and hidden features of blocks of 32 leave in pairs, whose zero points share a byte.
  assert.deepEqual(features.map(({ channels }) => channels), [2, 4, 2, 4]);
  const plan = planPruning(model, { target: { macs: 0.6 }, inputShapes });
  const smaller = prune(model, plan);
  const { macs, parameters } = countMacs(smaller, { inputShapes });
  assert.deepEqual([macs, parameters, fileBytes(smaller)], [
    plan.after.macs,
    plan.after.parameters,
    plan.after.bytes,
  ]);
  assert.ok(macs <= 0.6 * countMacs(whole, { inputShapes }).macs);
  assert.deepEqual(
    countMacs(model, { inputShapes }).parameters,
    countMacs(whole, { inputShapes }).parameters,
  );
  assert.ok(await checkPruned(model, smaller, plan, { inputs: { input: feeds.x } }) < 1e-5);
});

Deno.test("criteria read what codes of 4 bits stand for", async () => {
  const whole = mlp({ sizes: [40, 24, 3] });
  const rounded = await compress(whole, { method: "rtn", bits: 4, groupSize: 32 });
  const numbers = realNumbers(channelGroups(packQuantized(rounded).model).model).get("0.weight.codes")!;
  assert.deepEqual(numbers.dims, [24, 3, 16]);
  const rows = rounded.model.graph.initializers.get("0.weight") as Tensor;
  const expected = Array.from(
    { length: 24 * 48 },
    (_, i) => i % 48 < 40 ? Number(rows.data[Math.floor(i / 48) * 40 + i % 48]) : 0,
  );
  assertClose(numbers.data as Float32Array, expected, { absolute: 1e-7, relative: 1e-6 });
});

Deno.test("widths are rounded as features, of which a block is enough by itself", async () => {
  const model = await packed(mlp({ sizes: [32, 192, 128, 3] }), 16);
  // Steps of two blocks are 32 features, whatever the number of blocks that are left.
  assert.deepEqual(channelGroups(model).prunable.map((group) => channelsPer(32, group)), [1, 1]);
  assert.deepEqual(channelGroups(model).prunable.map((group) => channelsPer(64, group)), [2, 2]);
});

Deno.test("the least important block of input features goes first", async () => {
  const model = await packed(mlp({ sizes: [32, 64, 32, 3] }), 16);
  const scales = model.graph.initializers.get("2.weight.scales") as Tensor;
  const data = Float32Array.from(scales.data as Float32Array, (scale, i) => i % 4 >= 2 ? 1e-6 : scale);
  const initializers = new Map(model.graph.initializers).set("2.weight.scales", float32(data, scales.dims));
  const weak = model.withGraph({ ...model.graph, initializers });
  const plan = planPruning(weak, { target: { macs: 0.7 }, roundTo: 1, scope: "layer" });
  const removed = plan.groups.flatMap(({ removed }) => [...removed]);
  assert.ok(removed.includes(1), `${removed}`);
});
