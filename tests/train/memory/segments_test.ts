import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { segmentsOf } from "../../../lib/train/memory/segments.ts";

/** A chain of equal layers, and a way back that reads what each of them gave, the last one first. */
function chain(layers: number, layer: (g: GraphBuilder, x: Value) => Value) {
  const g = new GraphBuilder();
  const values: Value[] = [g.input("x", "float32", [8, 8])];
  for (let i = 0; i < layers; i++) values.push(layer(g, values.at(-1)!));
  const forward = [...g.nodes];
  g.output(values.slice(1).reduceRight((back, value) => g.mul(back, value), g.tanh(values.at(-1)!)), "y");
  const step = inferShapes(g.model()).graph;
  return { values, segments: segmentsOf(forward, step) };
}

Deno.test("of a chain every k-th value is kept, and those between are computed again", () => {
  const { values, segments } = chain(8, (g, x) => g.tanh(x));
  assert.deepEqual([2, 4, 8].map(segments.count), [1, 3, 7]);
  for (const [number, kept] of [[2, [4]], [4, [2, 4, 6]]] as const) {
    for (let first = 1; first <= kept.length; first++) {
      const again = [...segments.values({ segments: number, first, cheap: false })];
      const expected = values.slice(1, kept[first - 1]!).filter((_, i) => !kept.includes(i + 1 as never));
      assert.deepEqual(again, expected);
      assert.equal(segments.cost({ segments: number, first, cheap: false }), expected.length / 8);
    }
  }
});

Deno.test("what products give is kept where only what is cheap is computed again", () => {
  const weight = float32(new Float32Array(64), [8, 8]);
  const { values, segments } = chain(4, (g, x) => g.tanh(g.matMul(x, g.constant(weight))));
  const at = { segments: 2, first: 1 };
  const whole = segments.values({ ...at, cheap: false });
  const cheap = segments.values({ ...at, cheap: true });
  assert.deepEqual([...cheap], [values[1]]);
  assert.ok(whole.size > cheap.size && whole.isSupersetOf(cheap));
  // A product of 8 × 8 by 8 × 8 matrices: 512 multiply-accumulates, and 64 numbers as after every operator.
  const [product, tanh] = [512 + 16 * 64, 16 * 64];
  assert.equal(segments.cost({ ...at, cheap: true }), tanh / (4 * (product + tanh)));
});
