import assert from "node:assert/strict";
import { llama3Factors, rotaryTables } from "../../lib/nn/rotary.ts";

const OPTIONS = { context: 50, headSize: 8, base: 10_000, factors: undefined };

/** A vector of pairs turned to a place, by a table. */
function turned(x: number[], place: number, { cos, sin } = rotaryTables(OPTIONS)): number[] {
  const pairs = x.length / 2;
  const [first, second] = [x.slice(0, pairs), x.slice(pairs)];
  const at = (table: Float32Array, i: number) => table[place * pairs + i]!;
  return [
    ...first.map((a, i) => a * at(cos, i) - second[i]! * at(sin, i)),
    ...first.map((a, i) => a * at(sin, i) + second[i]! * at(cos, i)),
  ];
}

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const near = (a: number, b: number) =>
  assert.ok(Math.abs(a - b) < 1e-5 * Math.max(1, Math.abs(b)), `${a}, expected ${b}`);

Deno.test("products of turned vectors depend on how far they are apart alone", () => {
  const [q, k] = [[1, -2, 0.5, 3, 0.1, 1, -1, 2], [0.3, 1, -1, 2, 1, 0, 2, -0.5]];
  for (const distance of [0, 1, 17]) {
    const products = [0, 5, 30].map((place) => dot(turned(q, place + distance), turned(k, place)));
    for (const product of products) near(product, products[0]!);
  }
  assert.ok(Math.abs(dot(turned(q, 1), k) - dot(q, k)) > 0.1, "it turns");
});

Deno.test("the first pair turns by 1 a place, the last by base^(−6/8), and factors slow pairs down", () => {
  const { cos, sin } = rotaryTables({ ...OPTIONS, factors: [1, 1, 1, 4] });
  near(Math.atan2(sin[4]!, cos[4]!), 1);
  near(Math.atan2(sin[7]!, cos[7]!), 10_000 ** (-6 / 8) / 4);
  assert.throws(() => rotaryTables({ ...OPTIONS, factors: [1] }), {
    name: "RangeError",
    message: "Cannot turn 4 pairs by 1 factors: expected one for each",
  });
});

Deno.test("Llama 3.1 keeps short waves, slows long ones down fully, and goes evenly from one to the other", () => {
  const settings = { factor: 8, lowFrequency: 1, highFrequency: 4, original: 8192 };
  const [headSize, base] = [128, 500_000];
  const factors = llama3Factors({ headSize, base, ...settings });
  const wave = (i: number) => 2 * Math.PI * base ** (2 * i / headSize);
  factors.forEach((factor, i) => {
    if (wave(i) < 8192 / 4) assert.equal(factor, 1);
    else if (wave(i) > 8192) assert.equal(factor, 8);
    else assert.ok(factor > 1 && factor < 8);
    if (i > 0) assert.ok(factor >= factors[i - 1]!);
  });
  // In between frequencies are mixed: of 8192 / wave from 1 to 4, linearly.
  const i = factors.findIndex((factor) => factor > 1);
  const part = (8192 / wave(i) - 1) / 3;
  near(1 / factors[i]!, (1 - part) / 8 + part);
});
