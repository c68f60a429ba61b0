import assert from "node:assert/strict";
import { blockPairsApart, pairsApart, pairsTogether } from "../../../lib/lm/read/weights.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

const rows = float32(Array.from({ length: 16 }, (_, i) => i), [8, 2]); // two heads of four rows

Deno.test("pairs side by side go half a head apart, each head for itself", () => {
  const found = [...pairsApart(rows, 4).data as Float32Array].filter((_, i) => i % 2 === 0).map((x) => x / 2);
  assert.deepEqual(found, [0, 2, 1, 3, 4, 6, 5, 7]);
});

Deno.test("there and back is where it was, for heads of every even size", () => {
  for (const size of [2, 4, 8]) assert.deepEqual(pairsTogether(pairsApart(rows, size), size), rows);
});

Deno.test("rows of bytes move as rows of numbers do", () => {
  const bytes = Uint8Array.from(rows.data as Float32Array);
  assert.deepEqual(blockPairsApart(bytes, 8, 4), Uint8Array.from(pairsApart(rows, 4).data as Float32Array));
});
