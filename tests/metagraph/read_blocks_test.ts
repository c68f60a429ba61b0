import assert from "node:assert/strict";
import {
  bitsOf,
  copyBlock,
  eachFeature,
  equalBits,
  readBlock,
  startOfRun,
} from "../../lib/metagraph/read_blocks.ts";
import { float32Of } from "../../lib/tensor/arrays.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";

const tensor = float32(Array.from({ length: 12 }, (_, i) => i), [2, 3, 2]);

/** [2, 3, 2] as it is stored; transposed; one row, with padding around its taps. */
const USES = {
  stored: { rows: Int32Array.of(0, 6), columns: Int32Array.of(0, 2, 4), taps: Int32Array.of(0, 1) },
  turned: { rows: Int32Array.of(0, 2, 4), columns: Int32Array.of(0, 6), taps: Int32Array.of(0, 1) },
  padded: { rows: Int32Array.of(6), columns: Int32Array.of(0, 2), taps: Int32Array.of(-1, 1, -1) },
  diagonal: { rows: Int32Array.of(4, 2), columns: new Int32Array(0), taps: Int32Array.of(1) },
};

Deno.test("a block is a view where its numbers lie one after the other, and a copy in its own order elsewhere", () => {
  assert.deepEqual(Object.values(USES).map(startOfRun), [0, -1, -1, -1]);
  assert.equal(startOfRun({ ...USES.stored, rows: Int32Array.of(6) }), 6);
  const view = readBlock(tensor, { ...USES.stored, rows: Int32Array.of(6) }, [1, 3, 2]);
  assert.equal((view.data as Float32Array).buffer, (tensor.data as Float32Array).buffer);
  assert.deepEqual([...view.data], [6, 7, 8, 9, 10, 11]);
  assert.deepEqual([...readBlock(tensor, USES.turned, [3, 2, 2]).data], [
    0,
    1,
    6,
    7,
    2,
    3,
    8,
    9,
    4,
    5,
    10,
    11,
  ]);
  assert.deepEqual([...readBlock(tensor, USES.padded, [1, 2, 3]).data], [0, 7, 0, 0, 9, 0]);
  assert.deepEqual([...readBlock(tensor, USES.diagonal, [2, 1]).data], [5, 3]);
});

Deno.test("features go back to their elements, bit for bit, and padding goes nowhere", () => {
  for (const [name, use] of Object.entries(USES)) {
    const places: [number, number][] = [];
    eachFeature(use, (feature, element) => places.push([feature, element]));
    const size = use.rows.length * (use.columns.length || 1) * use.taps.length;
    const features = Uint32Array.from({ length: size }, (_, i) => 0x7f800001 + i); // not a number
    const elements = new Uint32Array(12);
    copyBlock(elements, features, use, "to elements");
    assert.deepEqual(
      [...elements.entries()].filter(([, bits]) => bits !== 0),
      places.map(([feature, element]) => [element, features[feature]!]).sort(([a], [b]) => a! - b!),
      name,
    );
    const again = new Uint32Array(size);
    copyBlock(elements, again, use, "to features");
    for (const [feature] of places) assert.equal(again[feature], features[feature]);
  }
});

Deno.test("bits tell zeros and kinds of NaN apart; other floats become float32", () => {
  const [a, b] = [float32([0, NaN]), float32([-0, NaN])].map(bitsOf);
  assert.ok(!equalBits(a!, b!) && equalBits(a!, a!.slice()));
  const double = new Tensor("float64", Float64Array.of(0.1), [1]);
  assert.deepEqual([...float32Of(double)], [Math.fround(0.1)]);
  assert.equal(float32Of(tensor), tensor.data);
});
