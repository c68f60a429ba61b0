import assert from "node:assert/strict";
import { longAxes, reshapedStored, storedAs, type WeightView } from "../../lib/metagraph/weight_view.ts";

/** The elements of a view in its order. */
function elementsOf({ axes }: WeightView): number[] {
  return axes.reduce<number[]>(
    (sums, offsets) => sums.flatMap((sum) => Array.from(offsets, (o) => sum + o)),
    [0],
  );
}

const order = (length: number) => Array.from({ length }, (_, i) => i);

Deno.test("a stored tensor in another shape has its elements in the same order", () => {
  const view = storedAs("w", [4, 6]);
  assert.deepEqual(elementsOf(view), order(24));
  for (const shape of [[24], [2, 2, 6], [4, 1, 3, 2], [8, 3], [1, 24]]) {
    const { axes } = reshapedStored(view, shape)!;
    assert.deepEqual([axes.map(({ length }) => length), elementsOf({ tensor: "w", axes })], [
      shape,
      order(24),
    ]);
  }
  assert.deepEqual([reshapedStored(view, [5, 5]), reshapedStored(view, ["N", 6])], [undefined, undefined]);
});

Deno.test("a transpose is reshaped where its elements lie regularly, and not where they do not", () => {
  const [rows, columns] = storedAs("w", [4, 6]).axes;
  const turned = { tensor: "w", axes: [columns!, rows!] };
  const split = reshapedStored(turned, [2, 3, 4])!;
  assert.deepEqual(elementsOf(split), elementsOf(turned));
  // Offsets that do not repeat cannot be two axes.
  assert.equal(reshapedStored({ tensor: "w", axes: [Int32Array.of(0, 1, 5, 7)] }, [2, 2]), undefined);
});

Deno.test("axes of length 1 keep where they begin, and are not long", () => {
  const row = { tensor: "w", axes: [Int32Array.of(6), Int32Array.of(0, 1, 2)] };
  assert.deepEqual(elementsOf(reshapedStored(row, [3, 1])!), [6, 7, 8]);
  assert.deepEqual(longAxes(row), [1]);
  assert.equal(reshapedStored({ tensor: "w", axes: [Int32Array.of(6)] }, []), undefined);
  assert.deepEqual(reshapedStored({ tensor: "w", axes: [Int32Array.of(0)] }, [])!.axes, []);
});
