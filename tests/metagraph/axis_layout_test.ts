import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  type AxisLayout,
  axisLayout,
  BLANK,
  channelAxes,
  hasChannels,
  isPure,
  onAxis,
  outerSum,
  permuted,
  range,
  reshaped,
  samePlaces,
  selected,
  withoutAxis,
  withoutChannels,
  withShape,
} from "../../lib/metagraph/axis_layout.ts";
import { sizeOf } from "../../lib/tensor/tensor.ts";

/** The label of every element of a value, in row-major order. */
function labelsOf({ axes, labels }: AxisLayout): number[] {
  let places = [0];
  for (const { size, channel } of axes.flat()) {
    places = places.flatMap((place) =>
      Array.from({ length: Number(size) }, (_, i) => channel ? place * Number(size) + i : place)
    );
  }
  return places.map((place) => labels[place] ?? BLANK);
}

const dimsOf = ({ axes }: AxisLayout) =>
  axes.map((factors) => factors.reduce((size, factor) => size * Number(factor.size), 1));

/** An array with its axes in another order, the plain way. */
function transposed(data: number[], dims: number[], perm: number[]): number[] {
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  const offsets = perm.reduce(
    (all, axis) =>
      all.flatMap((at) => Array.from({ length: dims[axis]! }, (_, i) => at + i * strides[axis]!)),
    [0],
  );
  return offsets.map((offset) => data[offset]!);
}

/** A layout of three axes, each of channels or not, whose labels are all different. */
const layouts = fc.tuple(
  fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { minLength: 3, maxLength: 3 }),
).map(([axes]) => {
  const channels = axes.filter(([, channel]) => channel);
  const labels = channels.length
    ? range(sizeOf(channels.map(([size]) => size))).map((i) => 100 + i)
    : new Int32Array(0);
  return axisLayout(axes.map(([size, channel]) => [{ size, channel }]), labels);
});

Deno.test("axes in another order carry each element's node along", () => {
  fc.assert(fc.property(layouts, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (layout, perm) => {
    const turned = permuted(layout, perm);
    assert.deepEqual(dimsOf(turned), perm.map((axis) => dimsOf(layout)[axis]));
    assert.deepEqual(labelsOf(turned), transposed(labelsOf(layout), dimsOf(layout), perm));
  }));
});

Deno.test("under another shape each element keeps its node: flattened, and split again", () => {
  fc.assert(fc.property(layouts, (layout) => {
    const dims = dimsOf(layout);
    for (
      const shape of [[sizeOf(dims)], [dims[0]! * dims[1]!, dims[2]!], [1, ...dims], [
        dims[0]!,
        1,
        dims[1]! * dims[2]!,
      ]]
    ) {
      const other = reshaped(layout, shape)!;
      assert.deepEqual([dimsOf(other), labelsOf(other)], [shape, labelsOf(layout)]);
      const back = reshaped(other, dims)!;
      assert.deepEqual([dimsOf(back), labelsOf(back)], [dims, labelsOf(layout)]);
    }
  }));
});

Deno.test("positions are picked along an axis, with blanks where zeros are put", () => {
  const layout = axisLayout(
    [[{ size: 2, channel: true }], [{ size: 3, channel: true }]],
    Int32Array.of(0, 1, 2, 3, 4, 5),
  );
  assert.deepEqual(labelsOf(selected(layout, 1, [2, BLANK, 0])!), [2, BLANK, 0, 5, BLANK, 3]);
  assert.deepEqual(labelsOf(selected(layout, 0, [1])!), [3, 4, 5]);
  const mixed = reshaped(withShape(onAxis(withoutChannels([2, 3]), 0, Int32Array.of(7, 8)), [2, 3]), [6])!;
  assert.equal(selected(mixed, 0, [1, 2]), undefined);
  assert.deepEqual(labelsOf(mixed), [7, 7, 7, 8, 8, 8]);
  assert.ok(!isPure(mixed, 0) && isPure(onAxis(mixed, 0, Int32Array.of(1, 2)), 0));
});

Deno.test("axes come and go around channels; places are the same counted from the last axis", () => {
  const layout = onAxis(withoutChannels(["N", 3, 5]), 1, Int32Array.of(4, 5, 6));
  assert.deepEqual([channelAxes(layout), hasChannels(layout)], [[1], true]);
  const wider = withShape(layout, [2, "N", 3, 7]);
  assert.deepEqual([channelAxes(wider), wider.axes.at(-1)![0]!.size], [[2], 7]);
  assert.ok(samePlaces(layout, onAxis(withoutChannels([3, 1]), 0, Int32Array.of(1, 2, 3))));
  assert.ok(!samePlaces(layout, onAxis(withoutChannels([3]), 0, Int32Array.of(1, 2, 3))));
  const single = onAxis(withoutChannels([1, 4]), 0, Int32Array.of(9));
  assert.ok(!hasChannels(withoutAxis(single, 0)) && hasChannels(withoutAxis(single, 1)));
  assert.deepEqual([...outerSum(Int32Array.of(0, 10), range(2, 3))], [0, 3, 10, 13]);
});
