import assert from "node:assert/strict";
import { decodeMat } from "../../lib/formats/mat.ts";
import { fixture } from "./fixtures.ts";

Deno.test("a MATLAB file that SciPy wrote: arrays of numbers, compressed or not; text is left out", async () => {
  const arrays = await decodeMat(fixture("svhn_train.mat"));
  assert.deepEqual([...arrays.keys()].sort(), ["X", "scale", "small", "y"]);
  assert.deepEqual(arrays.get("X")!.dims, [32, 32, 3, 3]);
  const read = (name: string) => Array.from(arrays.get(name)!.data);
  assert.deepEqual([read("y"), read("scale"), read("small")], [[1, 10, 5], [0.5, -2], [300]]);
  const whole = await decodeMat(fixture("svhn_test.mat"));
  assert.deepEqual([whole.get("X")!.dims, Array.from(whole.get("y")!.data)], [[32, 32, 3, 1], [9]]);
});

Deno.test("a MATLAB file that is cut off or damaged is refused, wherever that is", async () => {
  for (const name of ["svhn_train.mat", "svhn_test.mat"]) {
    const bytes = fixture(name);
    for (const length of [0, 100, 131, 140, 200, bytes.length - 9]) {
      const read = decodeMat(bytes.subarray(0, length), name).then((arrays) => assert.equal(arrays.size, 0));
      if (length === 131) await read; // a header and nothing that could be an element
      else await assert.rejects(read, { name: "SyntaxError", message: new RegExp(`^Cannot read ${name}: `) });
    }
  }
  const changed = fixture("svhn_train.mat").with(160, 0);
  await assert.rejects(decodeMat(changed), SyntaxError);
});
