import assert from "node:assert/strict";
import type { Dim, Shape } from "../../lib/onnx/dim.ts";
import { regroup } from "../../lib/metagraph/regroup.ts";

interface Named {
  name: string;
  size: Dim;
}

/** Parts by size, dealt out to the axes of a shape: their names, with a stroke for each half. */
function dealt(sizes: Shape, axes: Shape, splits = true): string[] | undefined {
  const parts = sizes.map((size, i): Named => ({ name: "abc"[i]!, size }));
  const split = ({ name }: Named, first: Dim, second: Dim): [Named, Named] | undefined =>
    splits ? [{ name: `${name}'`, size: first }, { name: `${name}"`, size: second }] : undefined;
  return regroup(parts, axes, split)?.map((group) => group.map(({ name, size }) => name + size).join(" "));
}

Deno.test("parts are joined and split as the axes of another shape ask for, in order", () => {
  assert.deepEqual(dealt([4, 6], [24]), ["a4 b6"]);
  assert.deepEqual(dealt([12, 64], [12, 8, 8]), ["a12", "b'8", 'b"8']);
  assert.deepEqual(dealt([768], [12, 64]), ["a'12", 'a"64']);
  assert.deepEqual(dealt([6, 4], [3, 8]), ["a'3", 'a"2 b4']);
  assert.deepEqual(dealt([5], [1, 5, 1]), ["", "a5", ""]);
});

Deno.test("unknown sizes go where they are equal as expressions", () => {
  assert.deepEqual(dealt(["N", 12, "T"], ["12*N", "T"]), ["aN b12", "cT"]);
  assert.deepEqual(dealt(["12*N"], ["N", 12]), ["a'N", 'a"12']);
  assert.equal(dealt(["N", 4], [4, "N"]), undefined);
});

Deno.test("what is of another size, or may not be split, is not known", () => {
  assert.deepEqual([dealt([6], [4]), dealt([6], [3, 3]), dealt([4], [5])], [undefined, undefined, undefined]);
  assert.equal(dealt([6, 4], [3, 8], false), undefined);
  assert.equal(dealt([2, 3], [2]), undefined);
  assert.equal(dealt([0], [0]), undefined);
});
