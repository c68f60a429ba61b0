import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { stays } from "../../lib/sparse/mask_bits.ts";
import type { Mask } from "../../lib/train/weight_mask.ts";
import { nmMasks } from "../../lib/sparse/nm_masks.ts";

const weightOf = (model: Model, name: string) => model.graph.initializers.get(name) as Tensor;
const keptPlaces = (mask: Mask, length: number) =>
  Array.from({ length }, (_, i) => i).filter((i) => stays(mask, i));

/** A convolution and both ways to multiply with a matrix, of the same 8 inputs. */
function products(): Model {
  const random = seededRandom(5);
  const g = new GraphBuilder("products");
  const weight = (name: string, dims: number[]) =>
    g.parameter(
      name,
      float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims),
    );
  const colours = g.input("colours", "float32", ["N", 3, 4, 4]);
  const map = g.conv(colours, weight("three", [8, 3, 1, 1]));
  const pixels = g.globalAveragePool(
    g.conv(map, weight("kernel", [8, 8, 3, 3]), undefined, { pads: [1, 1, 1, 1] }),
  );
  const x = g.flatten(pixels);
  const a = g.gemm(x, weight("across", [8, 8]), undefined, { transB: 1 });
  g.output(g.matMul(g.gemm(a, weight("down", [8, 8])), weight("product", [8, 4])), "y");
  return g.model();
}

Deno.test("N:M counts along the axis that each product sums over, and leaves out what it does not divide", async () => {
  const model = products();
  /** Distance, in storage, between neighbours along the inputs. */
  const strides = { kernel: 9, across: 1, down: 8, product: 4 };
  for (const [n, m] of [[2, 4], [1, 4], [3, 8]] as const) {
    const masks = await nmMasks(model, { n, m });
    assert.deepEqual(Object.keys(masks).sort(), Object.keys(strides).sort());
    for (const [name, stride] of Object.entries(strides)) {
      const { data, dims } = weightOf(model, name);
      const weights = [...data as Float32Array];
      const expected: number[] = [];
      const block = m * stride;
      for (let start = 0; start < weights.length; start += block) {
        for (let i = 0; i < stride; i++) {
          const group = Array.from({ length: m }, (_, j) => start + j * stride + i);
          expected.push(
            ...group.toSorted((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!)).slice(0, n),
          );
        }
      }
      assert.deepEqual(keptPlaces(masks[name]!, weights.length), expected.sort((a, b) => a - b), name);
      assert.deepEqual(masks[name]!.dims, dims);
    }
  }
  await assert.rejects(nmMasks(model, { n: 5, m: 4 }), { name: "RangeError" });
});

Deno.test("a weight that products sum over along different axes, or read in another form, has no pattern for all", async () => {
  const random = seededRandom(6);
  const g = new GraphBuilder("tied");
  const weight = (name: string) =>
    g.parameter(name, float32(Array.from({ length: 64 }, () => random.normal()), [8, 8]));
  const [twice, tied, turned] = [weight("twice"), weight("tied"), weight("turned")];
  let x = g.matMul(g.matMul(g.input("x", "float32", ["N", 8]), twice), twice);
  // An encoder whose decoder is its transpose.
  x = g.gemm(g.relu(g.matMul(x, tied)), tied, undefined, { transB: 1 });
  g.output(g.matMul(g.matMul(x, turned), g.transpose(turned, [1, 0])), "y");
  assert.deepEqual(Object.keys(await nmMasks(g.model())), ["twice"]);
});
