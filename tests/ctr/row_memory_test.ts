import assert from "node:assert/strict";
import { bringRows, rowMemory } from "../../lib/ctr/row_memory.ts";

Deno.test("what does not fit into the memory says what to do, and leaves it as it was", () => {
  const memory = rowMemory(1);
  const few = memory.keep(3);
  few().fill(7);
  assert.throws(() => memory.room("looked", 2 ** 30), /4 GiB at most: take a smaller batch, or lay tables/);
  assert.deepEqual([...few()], [7, 7, 7]);
  assert.deepEqual([...memory.keep(2)()], [0, 0]);
});

Deno.test("numbers that are kept stay as they are while room is made, and room is used again", () => {
  const memory = rowMemory(2);
  const kept = memory.keep(4);
  kept().set([1, 2, 3, 4]);
  const before = kept();
  const small = memory.room("looked", 10);
  assert.equal(memory.room("looked", 4), small);
  const large = memory.room("looked", 2 ** 20);
  memory.floats(large, 2 ** 20).fill(9);
  // The memory has grown: arrays of before are empty.
  assert.equal(before.length, 0);
  assert.deepEqual([...kept()], [1, 2, 3, 4]);
  assert.ok(memory.holds(kept()) && !memory.holds(before));
  assert.equal(memory.put("numbers", kept()), kept().byteOffset);
  const copied = memory.put("numbers", [5, 6]);
  assert.deepEqual([...memory.floats(copied, 2)], [5, 6]);
});

Deno.test("rows in the memory are brought as they are, others as copies that are written back", () => {
  for (const within of [true, false]) {
    const memory = rowMemory(2);
    const table = within ? memory.keep(8) : (() => outside), outside = new Float32Array(8);
    table().set([0, 1, 2, 3, 4, 5, 6, 7]);
    const { arrays: [at], rows, putBack } = bringRows(memory, () => [table()], [3, 1]);
    const to = memory.room("looked", 4);
    memory.kernels.copy(to, at!, rows, 2);
    assert.deepEqual([...memory.floats(to, 4)], [6, 7, 2, 3]);
    memory.kernels.add(at!, memory.put("gradients", [10, 20, 30, 40]), rows, 2);
    putBack();
    assert.deepEqual([...table()], [0, 1, 32, 43, 4, 5, 16, 27]);
  }
});
