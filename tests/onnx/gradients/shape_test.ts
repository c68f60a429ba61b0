import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import type { Shape } from "../../../lib/onnx/dim.ts";
import {
  expandLike,
  identityAlong,
  positionsAlong,
  reshapeLike,
  scatterAlong,
  sumTo,
  zerosLike,
} from "../../../lib/onnx/gradients/shape.ts";
import { float32, numbersOf, sizeOf } from "../../../lib/tensor/tensor.ts";
import { run } from "./check.ts";

const counted = (...dims: number[]) => float32(Array.from({ length: sizeOf(dims) }, (_, i) => i + 1), dims);

/** What is built of a value and of x, whose shapes are declared with and without numbers. */
async function both(
  build: (g: GraphBuilder, value: Value, x: Value) => Value,
  value: number[],
  x: number[],
): Promise<{ dims: number[]; data: number[] }> {
  const results = [];
  const open = (dims: number[], name: string): Shape => dims.map((_, i) => `${name}${i}`);
  for (const shapes of [[value, x], [open(value, "v"), open(x, "x")]]) {
    const g = new GraphBuilder("shapes");
    const [v, other] = [g.input("v", "float32", shapes[0]!), g.input("x", "float32", shapes[1]!)];
    g.output(build(g, v, other), "y");
    const { y } = await run(g.model(), { v: counted(...value), x: counted(...x) });
    results.push({ dims: [...y!.dims], data: numbersOf(y!) });
  }
  assert.deepEqual(results[0], results[1], "with unknown sizes");
  return results[0]!;
}

Deno.test("what was broadcast is summed up to where it came from, with sizes known or not", async () => {
  // Rows 1 2 3 and 4 5 6, twice.
  assert.deepEqual(await both(sumTo, [2, 3], [2, 3]), { dims: [2, 3], data: [1, 2, 3, 4, 5, 6] });
  assert.deepEqual(await both(sumTo, [2, 3], [3]), { dims: [3], data: [5, 7, 9] });
  assert.deepEqual(await both(sumTo, [2, 3], [2, 1]), { dims: [2, 1], data: [6, 15] });
  assert.deepEqual(await both(sumTo, [2, 2, 3], [1, 3]), { dims: [1, 3], data: [22, 26, 30] });
  assert.deepEqual(await both(sumTo, [2, 3], []), { dims: [], data: [21] });
});

Deno.test("values take the shape of another: reshaped, repeated, as zeros", async () => {
  assert.deepEqual(await both(reshapeLike, [2, 3], [3, 2]), { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] });
  assert.deepEqual(await both(reshapeLike, [0, 3], [3, 0]), { dims: [3, 0], data: [] });
  assert.deepEqual(await both(expandLike, [2, 1], [2, 2]), { dims: [2, 2], data: [1, 1, 2, 2] });
  assert.deepEqual(await both((g, _, x) => zerosLike(g, x), [1], [2, 1]), { dims: [2, 1], data: [0, 0] });
});

Deno.test("places along an axis: the identity, the numbers of positions, and what is put there", async () => {
  const along = await both((g, _, x) => identityAlong(g, x, 1), [1], [3, 2]);
  assert.deepEqual(along, { dims: [2, 2], data: [1, 0, 0, 1] });
  const positions = await both((g, _, x) => g.cast(positionsAlong(g, x, 0), "float32"), [1], [3, 2]);
  assert.deepEqual(positions, { dims: [3], data: [0, 1, 2] });
  // Columns 1 2 3 and 4 5 6 at positions 3, 0 and 3 of four.
  const put = (unique: boolean, at: number[]) =>
    both((g, value, x) => scatterAlong(g, value, g.ints(at), { axis: 1, x, unique }), [2, at.length], [2, 4]);
  assert.deepEqual(await put(false, [3, 0, 3]), { dims: [2, 4], data: [2, 0, 0, 4, 5, 0, 0, 10] });
  assert.deepEqual(await put(true, [3, 0]), { dims: [2, 4], data: [2, 0, 0, 1, 4, 0, 0, 3] });
});
