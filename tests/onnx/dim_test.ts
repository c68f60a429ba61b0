import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  addDims,
  broadcastDims,
  ceilDivideDims,
  type Dim,
  divideDims,
  maxDims,
  minDims,
  multiplyDims,
  shapeSize,
  substituteDim,
  subtractDims,
  unknownsOf,
} from "../../lib/onnx/dim.ts";

/** An expression, once as a dimension and once as a function of numbers. */
interface Twin {
  dim: Dim;
  value: (sizes: ReadonlyMap<string, number>) => number;
}

const NAMES = ["N", "M", "batch size", "seq-len", "x[0]", "/conv/Out_0#2"];

const name: fc.Arbitrary<Twin> = fc.constantFrom(...NAMES).map((dim) => ({
  dim,
  value: (sizes) => sizes.get(dim)!,
}));
const number: fc.Arbitrary<Twin> = fc.integer({ min: 0, max: 9 }).map((dim) => ({ dim, value: () => dim }));

const OPERATIONS: [(a: Dim, b: Dim) => Dim, (a: number, b: number) => number][] = [
  [addDims, (a, b) => a + b],
  [subtractDims, (a, b) => a - b],
  [multiplyDims, (a, b) => a * b],
  [maxDims, Math.max],
  [minDims, Math.min],
];

/** Any expression; divisions are by positive numbers. */
const { twin } = fc.letrec<{ twin: Twin }>((tie) => ({
  twin: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    name,
    number,
    fc.tuple(fc.constantFrom(...OPERATIONS), tie("twin"), tie("twin")).map(([[onDims, onNumbers], a, b]) => ({
      dim: onDims(a.dim, b.dim),
      value: (sizes: ReadonlyMap<string, number>) => onNumbers(a.value(sizes), b.value(sizes)),
    })),
    fc.tuple(tie("twin"), fc.integer({ min: 1, max: 6 })).map(([a, by]) => ({
      dim: divideDims(a.dim, by),
      value: (sizes: ReadonlyMap<string, number>) => Math.floor(a.value(sizes) / by),
    })),
  ),
}));

const sizes = fc.tuple(...NAMES.map(() => fc.integer({ min: 0, max: 50 })))
  .map((values) => new Map(NAMES.map((name, i) => [name, values[i]!])));

Deno.test("dim: an expression has the value of its arithmetic, whatever the sizes", () => {
  fc.assert(
    fc.property(twin, sizes, ({ dim, value }, at) => {
      assert.equal(substituteDim(dim, at), value(at) + 0, `${dim} at ${[...at]}`);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("dim: the same size reached in another order has the same text", () => {
  fc.assert(
    fc.property(twin, twin, twin, fc.integer({ min: 1, max: 6 }), (a, b, c, by) => {
      const [x, y, z] = [a.dim, b.dim, c.dim];
      assert.equal(addDims(addDims(x, y), z), addDims(x, addDims(z, y)));
      assert.equal(multiplyDims(multiplyDims(x, y), z), multiplyDims(x, multiplyDims(z, y)));
      assert.equal(multiplyDims(x, addDims(y, z)), addDims(multiplyDims(x, y), multiplyDims(x, z)));
      assert.equal(subtractDims(addDims(x, y), y), x);
      assert.equal(divideDims(multiplyDims(x, by), by), x);
      assert.equal(divideDims(addDims(x, multiplyDims(y, by)), by), addDims(divideDims(x, by), y));
      assert.equal(maxDims(x, y), maxDims(y, x));
    }),
    { numRuns: 500 },
  );
});

Deno.test("dim: replacing unknowns by themselves changes nothing", () => {
  fc.assert(
    fc.property(twin, ({ dim }) => {
      assert.equal(substituteDim(dim, new Map(NAMES.map((name) => [name, name]))), dim);
      for (const unknown of unknownsOf(dim)) assert.ok(NAMES.includes(unknown), unknown);
    }),
    { numRuns: 500 },
  );
});

Deno.test("dim: canonical texts", () => {
  // A stride-2 convolution with kernel 3 and padding 1, three times.
  const halved = (dim: Dim) => addDims(divideDims(subtractDims(addDims(dim, 2), 3), 2), 1);
  assert.equal(halved("H"), "floor((H+1)/2)");
  assert.equal(halved(halved(halved("H"))), "floor((H+7)/8)");
  assert.equal(addDims(multiplyDims("N", 2), 1), "2*N+1");
  assert.equal(addDims("N", "M"), "M+N");
  assert.equal(multiplyDims("batch size", 2), "2*[batch size]");
  assert.equal(divideDims(multiplyDims("batch size", 2), 2), "batch size");
  assert.equal(shapeSize(["N", 3, "H", "H"]), "3*H*H*N");
  assert.equal(divideDims(shapeSize(["N", 12, "S", 64]), multiplyDims("S", 64)), "12*N");
  assert.equal(ceilDivideDims("N", 2), "floor((N+1)/2)");
  assert.equal(maxDims("N", 0), "N");
  assert.equal(maxDims(0, multiplyDims(divideDims(addDims("H", 7), 8), 8)), "8*floor((H+7)/8)");
  assert.equal(maxDims(divideDims(subtractDims("H", 3), 2), 0), "max(0,floor((H+1)/2)-2)");
  assert.equal(maxDims(minDims("M", subtractDims("N", 5)), 0), "max(0,min(M,N-5))");
});

Deno.test("dim: broadcasting follows NumPy and does not mind order", () => {
  assert.equal(broadcastDims("N", 1), "N");
  assert.equal(broadcastDims(1, "N"), "N");
  assert.equal(broadcastDims("N", 4), 4);
  assert.equal(broadcastDims(3, 4), undefined);
  assert.equal(broadcastDims("N", "M"), "broadcast(M,N)");
  assert.equal(broadcastDims(broadcastDims("N", "M")!, "N"), "broadcast(M,N)");
  assert.equal(substituteDim("broadcast(M,N)", new Map([["M", 1], ["N", 7]])), 7);
  assert.equal(substituteDim("broadcast(M,N)", new Map([["M", 0], ["N", 1]])), 0);
});

Deno.test("dim: dividing by zero is an error", () => {
  assert.throws(() => divideDims("N", 0), RangeError);
});
