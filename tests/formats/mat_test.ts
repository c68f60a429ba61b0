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

/** A data element: type, length, and the bytes filled up to eight. */
function element(type: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + Math.ceil(content.length / 8) * 8);
  new Uint32Array(bytes.buffer, 0, 2).set([type, content.length]);
  bytes.set(content, 8);
  return bytes;
}

const bytesOf = ({ buffer }: { buffer: ArrayBuffer }) => new Uint8Array(buffer);

Deno.test("complex arrays and 64-bit whole numbers are left out, what stands beside them is read", async () => {
  const [INT32, UINT32, DOUBLE, INT64, UINT64] = [5, 6, 9, 12, 13];
  /** An array [2, 1] with a name of a letter, of a class and flags; its parts are numbers of a type. */
  const array = (name: string, flags: [number, number], ...parts: [number, Uint8Array][]) =>
    element(
      14,
      Uint8Array.of(
        ...element(UINT32, Uint8Array.of(...flags, 0, 0, 0, 0, 0, 0)),
        ...element(INT32, bytesOf(Int32Array.of(2, 1))),
        ...element(1, new TextEncoder().encode(name)),
        ...parts.flatMap(([type, content]) => [...element(type, content)]),
      ),
    );
  const doubles: [number, Uint8Array] = [DOUBLE, bytesOf(Float64Array.of(0.5, 1.5))];
  const head = new Uint8Array(128);
  head.set([0, 1, 0x49, 0x4d], 124);
  const file = Uint8Array.of(
    ...head,
    ...array("c", [6, 8], doubles, doubles),
    ...array("i", [14, 0], [INT64, bytesOf(BigInt64Array.of(-1n, 2n ** 60n))]),
    ...array("u", [15, 0], [UINT64, bytesOf(BigUint64Array.of(1n, 2n))]),
    ...array("s", [14, 0], [INT32, bytesOf(Int32Array.of(7, 8))]),
    ...array("r", [6, 0], doubles),
  );
  const arrays = await decodeMat(file);
  assert.deepEqual([...arrays].map(([name, { data }]) => [name, ...Array.from(data)]), [["s", 7, 8], [
    "r",
    0.5,
    1.5,
  ]]);
});
