import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { bfloat16sToFloats, halfOf, halfTable, halvesToFloats, roundEven } from "../../lib/tensor/halves.ts";

const every = Uint16Array.from({ length: 65_536 }, (_, half) => half);
const machine = Float32Array.from(new Float16Array(every.buffer));

Deno.test("every half float is the number that the machine's own array reads", () => {
  for (const numbers of [halvesToFloats(every), halfTable()]) {
    assert.deepEqual(numbers.findIndex((value, half) => !Object.is(value, machine[half])), -1);
  }
});

Deno.test("numbers are rounded to the half float that the machine's own array rounds to", () => {
  const half = (value: number) => new Uint16Array(Float16Array.of(value).buffer)[0]!;
  for (const value of machine) if (!Number.isNaN(value)) assert.equal(halfOf(value), half(value), `${value}`);
  // In between, ties too, and beyond the largest.
  for (let i = 0; i < 31_743; i += 7) {
    const [a, b] = [machine[i]!, machine[i + 1]!];
    for (const value of [(a + b) / 2, (3 * a + b) / 4, -(a + b) / 2]) {
      assert.equal(halfOf(value), half(value), `${value}`);
    }
  }
  fc.assert(fc.property(fc.float({ noNaN: true }), (value) => assert.equal(halfOf(value), half(value))));
  assert.equal(halfOf(NaN) & 0x7c00, 0x7c00);
});

Deno.test("bfloat16 is the upper half of a float32; whole numbers are the nearest, halves the even one", () => {
  const floats = Float32Array.of(1.5, -2, Infinity, 2 ** -126);
  const bytes = new Uint8Array(floats.buffer).filter((_, i) => i % 4 >= 2);
  assert.deepEqual(bfloat16sToFloats(bytes), floats);
  assert.deepEqual([0.5, 1.5, 2.5, -1.5, -2.5, 2.4999, 1e6 + 0.5].map(roundEven), [0, 2, 2, -2, -2, 2, 1e6]);
});
