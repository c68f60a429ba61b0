import assert from "node:assert/strict";
import { philox4x32, seededRandom } from "../lib/random.ts";

/** counter, key, output: the known-answer vectors of Random123 for philox4x32-10. */
const KNOWN_ANSWERS: [number[], number[], number[]][] = [
  [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

Deno.test("philox4x32 gives the published answers", () => {
  for (const [counter, key, expected] of KNOWN_ANSWERS) {
    assert.deepEqual([...philox4x32(counter, key)], expected);
  }
});

Deno.test("the same seed and path give the same stream, others give others", () => {
  const take = (seed: number, ...path: (number | string)[]) => {
    const random = seededRandom(seed, ...path);
    return Array.from({ length: 9 }, () => random.bits()).join();
  };
  const streams = [take(1), take(2), take(1 + 2 ** 32), take(1, "a"), take(1, "b"), take(1, 0), take(1, 1)];
  streams.push(take(1, "a", 1), take(1, 1, "a"), take(1, 2 ** 32), take(1, "1"));
  assert.equal(new Set(streams).size, streams.length);
  assert.equal(take(1, "a", 1), streams[7]);
});

Deno.test("a split does not depend on how far the parent was read", () => {
  const [fresh, read] = [seededRandom(3), seededRandom(3)];
  for (let i = 0; i < 5; i++) read.normal();
  assert.equal(fresh.split("x").bits(), read.split("x").bits());
});

/** Standard errors from the expectation that a seeded sample may lie. */
const STANDARD_ERRORS = 4;

Deno.test("uniform and normal numbers have the moments they should have", () => {
  const n = 20_000;
  const random = seededRandom(11);
  const moments = (draw: () => number) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) {
      const x = draw();
      sum += x;
      squares += x * x;
    }
    return [sum / n, squares / n] as const;
  };
  const near = (actual: number, expected: number, variance: number) =>
    assert.ok(Math.abs(actual - expected) < STANDARD_ERRORS * Math.sqrt(variance / n), `${actual}`);
  const [mean, square] = moments(() => random.uniform(-1, 1));
  near(mean, 0, 1 / 3);
  near(square, 1 / 3, 1 / 5 - 1 / 9);
  const [normalMean, normalSquare] = moments(() => random.normal());
  near(normalMean, 0, 1);
  near(normalSquare, 1, 2);
});

Deno.test("integers are even over a range that does not divide 2³²", () => {
  const random = seededRandom(5);
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 7000; i++) counts[random.integer(7)]!++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chiSquare < 22.46, `${chiSquare} exceeds the 0.1 % point for 6 degrees of freedom`);
  assert.throws(() => random.integer(0), RangeError);
  assert.throws(() => seededRandom(-1), RangeError);
});

Deno.test("a permutation holds every number once and moves most", () => {
  const order = seededRandom(9).permutation(100);
  assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
  assert.ok(order.filter((value, i) => value === i).length < 10);
  assert.equal(seededRandom(9).permutation(0).length, 0);
});
