import assert from "node:assert/strict";
import { rowMemory } from "../../lib/ctr/row_memory.ts";
import { seededRandom } from "../../lib/random.ts";

const f = Math.fround;
const WIDTHS = [1, 2, 3, 4, 5, 7, 8, 11, 16, 17, 64, 70];

/** Rows of a table in the memory, some named twice, and numbers for each that is named. */
function given(features: number) {
  const random = seededRandom(features);
  const memory = rowMemory(features);
  const draw = (count: number) => Float32Array.from({ length: count * features }, () => random.normal());
  const rows = [3, 0, 3, 8, 1, 3, 0];
  const [table, numbers] = [draw(9), draw(rows.length)];
  /** Behind both lie numbers that nothing is to touch. */
  const [at, from] = [Float32Array.of(...table, 42), Float32Array.of(...numbers, 42)];
  const places = { table: memory.put("table", at), numbers: memory.put("numbers", from) };
  const result = (place: keyof typeof places, length: number) =>
    memory.floats(places[place], length * features + 1).slice();
  return { memory, rows, table, numbers, places, index: memory.putRows("rows", rows), result };
}

Deno.test("rows of any width are copied by their indices", () => {
  for (const features of WIDTHS) {
    const { memory, rows, table, places, index, result } = given(features);
    memory.kernels.copy(places.numbers, places.table, index, rows.length);
    const wanted = rows.flatMap((row) => [...table.subarray(row * features, (row + 1) * features)]);
    assert.deepEqual([...result("numbers", rows.length)], [...wanted, 42], `${features} numbers a row`);
  }
});

Deno.test("rows are added in order, those that are named twice twice", () => {
  for (const features of WIDTHS) {
    const { memory, rows, table, numbers, places, index, result } = given(features);
    memory.kernels.add(places.table, places.numbers, index, rows.length);
    for (const [i, row] of rows.entries()) {
      for (let j = 0; j < features; j++) table[row * features + j]! += numbers[i * features + j]!;
    }
    assert.deepEqual([...result("table", 9)], [...table, 42], `${features} numbers a row`);
  }
});

Deno.test("rows go down their gradients, each operation rounded", () => {
  for (const features of WIDTHS) {
    const { memory, rows, table, numbers, places, index, result } = given(features);
    memory.set([0.3]);
    memory.kernels.descend(places.table, places.numbers, index, rows.length);
    for (const [i, row] of rows.entries()) {
      for (let j = 0; j < features; j++) {
        table[row * features + j]! -= f(f(0.3) * numbers[i * features + j]!);
      }
    }
    assert.deepEqual([...result("table", 9)], [...table, 42], `${features} numbers a row`);
  }
});
